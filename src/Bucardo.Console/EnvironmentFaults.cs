using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Bucardo.Engine.Replication;

namespace Bucardo.Console;

/// <summary>
/// A seam for tests, of no use to anybody else: lets the daemon die in the middle of a round, at a chosen point of it. The environment variable BUCARDO_FAULT holds
/// <c>point@node#n:kill</c> - the process ends itself with SIGKILL when it reaches the point on the node for the n-th time (without <c>#n</c>: the first time) -,
/// <c>point@node#n:sleep=seconds</c> - the round stands still there for a while, and stderr says <c>fault point@node</c> when it does -
/// or <c>trace</c>: every point that is reached is written to stderr as <c>fault point@node</c>;
/// or <c>file=path</c> - the file is looked at whenever a point is reached, and holds one of these (left out or empty: no faults) or <c>hold</c>: stand still until it holds something else.
/// </summary>
sealed partial class EnvironmentFaults : IFaultPoints
{
    /// <summary>Name of the variable.</summary>
    public const string Variable = "BUCARDO_FAULT";

    const string FilePrefix = "file=";

    readonly string _point;
    readonly string _node;
    readonly int _count;
    readonly Action _strike;
    int _reached;

    EnvironmentFaults(string point, string node, int count, Action strike) => (_point, _node, _count, _strike) = (point, node, count, strike);

    /// <summary>The fault points that the variable asks for.</summary>
    /// <param name="text">The variable's value; null or empty: no faults.</param>
    /// <param name="kill">What to do at the point; left out: end this process.</param>
    /// <exception cref="UsageException">The text cannot be understood.</exception>
    public static IFaultPoints Parse(string? text, Action? kill = null)
    {
        if (string.IsNullOrEmpty(text)) return NoFaults.Instance;
        if (text == "trace") return new Trace();
        if (text.StartsWith(FilePrefix, StringComparison.Ordinal)) return new FaultFile(text[FilePrefix.Length..]);
        var match = Form().Match(text);
        if (!match.Success) throw new UsageException($"{Variable} is '{text}', but it is a seam for tests that takes 'point@node#n:kill', 'point@node#n:sleep=seconds', 'trace' or 'file=path': unset it.");
        var count = match.Groups["count"] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 1;
        var (point, node) = (match.Groups["point"].Value, match.Groups["node"].Value);
        if (!match.Groups["seconds"].Success) return new EnvironmentFaults(point, node, count, kill ?? KillThisProcess);
        var seconds = int.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture);
        return new EnvironmentFaults(point, node, count, () =>
        {
            Terminal.Error.WriteLine($"fault {point}@{node}");
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
        });
    }

    /// <inheritdoc/>
    public void Reach(string point, string node)
    {
        if (point == _point && node == _node && Interlocked.Increment(ref _reached) == _count) _strike();
    }

    static void KillThisProcess()
    {
        Process.GetCurrentProcess().Kill();
        // Nothing more may happen on this thread until the signal has arrived.
        Thread.Sleep(Timeout.Infinite);
    }

    [GeneratedRegex(@"^(?<point>[a-z-]+)@(?<node>\w+)(#(?<count>[1-9][0-9]{0,5}))?:(kill|sleep=(?<seconds>[1-9][0-9]{0,2}))$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    sealed class Trace : IFaultPoints
    {
        public void Reach(string point, string node) => Terminal.Error.WriteLine($"fault {point}@{node}");
    }

    // For a daemon that has served for a while: what is to happen to it is decided while it runs.
    sealed class FaultFile(string path) : IFaultPoints
    {
        const string Hold = "hold";

        static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

        public void Reach(string point, string node)
        {
            for (var clock = Stopwatch.StartNew(); Read() == Hold && clock.Elapsed < s_longest;) Thread.Sleep(20);
            if (Read() is not ("" or Hold) and var fault) Parse(fault).Reach(point, node);
        }

        string Read() => File.Exists(path) ? File.ReadAllText(path) : "";
    }
}
