using Bucardo.Model;
using Microsoft.Extensions.Logging;

namespace Bucardo.Console.Demo;

/// <summary><c>bucardo demo</c>: sets the stage, plays the demo, and clears away whatever happens.</summary>
static class DemoCommand
{
    /// <summary>Runs the demo; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] words)
    {
        if (words.Any(w => w is "--help" or "-h")) return await Program.SayAsync(DemoOptions.Help);
        var options = DemoOptions.Parse(words);
        // The demo knows where its databases are; what a user has set for other servers must not get in between, in libpq's programs neither.
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
            if (name.StartsWith("PG", StringComparison.Ordinal)) Environment.SetEnvironmentVariable(name, null);
        var programs = PostgresPrograms.Find();
        var screen = new DemoScreen(Terminal.Out, !Terminal.IsOutputRedirected);
        using var signals = new StopSignals();
        ThrowawayClusters? clusters = null;
        var verdict = "";
        try
        {
            screen.Step($"Starting two PostgreSQL clusters ({programs.Folder})");
            clusters = await ThrowawayClusters.StartAsync(programs, 2, signals.Token);
            using var logs = new LineLoggerFactory(screen.Line, LogLevel.Warning, TimeProvider.System);
            var equal = await new DemoRun(programs, clusters, screen, logs, options).RunAsync(signals.Token);
            verdict = equal ? "All five databases were equal both times." : "The databases DIFFER: this is a bug.";
            return equal ? 0 : 1;
        }
        catch (Exception) when (signals.Token.IsCancellationRequested)
        {
            // Whatever failed then failed because of that.
            verdict = "Interrupted.";
            return signals.ExitCode;
        }
        catch (BucardoException e)
        {
            verdict = $"The demo failed: {e.Message}";
            return 1;
        }
        finally
        {
            screen.Step("Removing the clusters");
            if (clusters is not null) await clusters.DisposeAsync();
            if (verdict.Length > 0) screen.Step(verdict);
        }
    }
}
