using System.Text.RegularExpressions;

namespace Bucardo.Console.Tests;

/// <summary>The demo as people start it, only shorter.</summary>
public partial class DemoTests
{
    [OwnServersFact]
    public async Task It_ends_with_equal_databases_and_leaves_nothing_behind()
    {
        await using var demo = BucardoProcess.Start(["demo", "--transactions", "200", "--seconds", "2"], ("PGHOST", "nowhere.invalid"), ("PGOPTIONS", "-c nonsense=1"));
        Assert.True(await demo.WaitForExitAsync(TimeSpan.FromSeconds(120)) == 0, demo.Output);
        Assert.Contains("All five databases were equal both times.", demo.Output);
        Assert.Matches(@"foobar \| (Good|Empty) +\| [0-9:]+ +\|", demo.Output);
        Assert.Contains("t1 200, t2 200, t3 200, t4 200 transactions", demo.Output);
        AssertGone(demo);
    }

    [OwnServersTheory]
    [InlineData("SIGINT", "Starting two", 130)]
    [InlineData("SIGTERM", "pgbench: 100000 transactions", 143)]
    [InlineData("SIGKILL", "pgbench: 100000 transactions", 137)]
    public async Task It_cleans_up_when_it_is_interrupted(string signal, string moment, int code)
    {
        await using var demo = BucardoProcess.Start(["demo", "--transactions", "100000"]);
        await demo.WaitForLineAsync(moment);
        if (signal == "SIGINT") demo.Interrupt();
        else if (signal == "SIGTERM") demo.Terminate();
        else demo.Kill();
        Assert.Equal(code, await demo.WaitForExitAsync());
        await Poll.UntilAsync(() => !Leftovers(demo).Any(), TimeSpan.FromSeconds(20), () => string.Join(' ', Leftovers(demo)));
    }

    static void AssertGone(BucardoProcess demo) => Assert.Empty(Leftovers(demo));

    // The folders carry the demo's process id; the processes of its servers and clients have them on their command lines.
    static IEnumerable<string> Leftovers(BucardoProcess demo)
    {
        var mark = $"bucardo-demo-{demo.Id}-";
        foreach (var folder in new[] { "/tmp", Path.GetTempPath() }.Distinct())
            foreach (var found in Directory.GetDirectories(folder, mark + "*")) yield return found;
        if (!OperatingSystem.IsLinux()) yield break;
        foreach (var process in Directory.GetDirectories("/proc").Where(p => ProcessFolder().IsMatch(p)))
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (IOException)
            {
                continue; // it has ended
            }
            if (line.Contains(mark)) yield return line.Replace('\0', ' ');
        }
    }

    [GeneratedRegex("^/proc/[0-9]+$")]
    private static partial Regex ProcessFolder();
}
