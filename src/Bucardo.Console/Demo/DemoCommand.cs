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
        try
        {
            screen.Step($"Starting two PostgreSQL clusters ({programs.Folder})");
            clusters = await ThrowawayClusters.StartAsync(programs, 2, signals.Token);
            using var logs = new LineLoggerFactory(screen.Line, LogLevel.Warning, TimeProvider.System);
            return await new DemoRun(programs, clusters, screen, logs, options).RunAsync(signals.Token) ? 0 : 1;
        }
        catch (Exception) when (signals.Token.IsCancellationRequested)
        {
            // Whatever failed then failed because of that.
            screen.Line("Interrupted.");
            return signals.ExitCode;
        }
        catch (BucardoException e)
        {
            screen.Line($"The demo failed: {e.Message}");
            return 1;
        }
        finally
        {
            screen.Step("Removing the clusters");
            if (clusters is not null) await clusters.DisposeAsync();
        }
    }
}
