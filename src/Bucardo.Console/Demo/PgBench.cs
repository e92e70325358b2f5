using System.Globalization;
using System.Text.RegularExpressions;

namespace Bucardo.Console.Demo;

/// <summary>pgbench on several databases at once.</summary>
sealed partial class PgBench
{
    readonly PostgresPrograms _programs;
    readonly IReadOnlyList<DemoNode> _nodes;
    readonly double[] _done;

    /// <summary>Prepares a run.</summary>
    /// <param name="programs">PostgreSQL's programs.</param>
    /// <param name="nodes">The databases.</param>
    public PgBench(PostgresPrograms programs, IReadOnlyList<DemoNode> nodes) => (_programs, _nodes, _done) = (programs, nodes, new double[nodes.Count]);

    /// <summary>About how many transactions have been run so far, by database.</summary>
    public IReadOnlyList<double> Done => _done;

    /// <summary>Runs it to its end and returns the transactions of each database.</summary>
    /// <param name="amount"><c>-t N</c> transactions each, or <c>-T N</c> seconds.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<long[]> RunAsync(IReadOnlyList<string> amount, CancellationToken cancellation) =>
        Task.WhenAll(_nodes.Select((node, i) => RunAsync(node, i, amount, cancellation)));

    async Task<long> RunAsync(DemoNode node, int index, IReadOnlyList<string> amount, CancellationToken cancellation)
    {
        var report = new MemoryStream();
        var time = 0.0;
        await ClientProgram.RunAsync(_programs.PathOf("pgbench"), [.. node.Arguments, "-n", "-c", "1", "-P", "1", .. amount, node.Name], null, report, line =>
        {
            // The rate is that of the time since the last line.
            if (ProgressLine().Match(line) is not { Success: true } match) return;
            var now = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            _done[index] += (now - time) * double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
            time = now;
        }, cancellation);
        var text = System.Text.Encoding.UTF8.GetString(report.ToArray());
        return long.Parse(Processed().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^progress: ([0-9.]+) s, ([0-9.]+) tps")]
    private static partial Regex ProgressLine();

    [GeneratedRegex(@"transactions actually processed: ([0-9]+)")]
    private static partial Regex Processed();
}
