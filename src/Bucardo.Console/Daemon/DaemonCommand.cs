using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Microsoft.Extensions.Logging;

namespace Bucardo.Console.Daemon;

/// <summary><c>bucardo daemon</c>: hosts the service in the foreground.</summary>
static class DaemonCommand
{
    /// <summary>Runs until told to stop; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] words)
    {
        if (words.Any(w => w is "--help" or "-h")) return await Program.SayAsync(DaemonOptions.Help);
        var options = DaemonOptions.Parse(words, Environment.GetEnvironmentVariable);
        var faults = EnvironmentFaults.Parse(Environment.GetEnvironmentVariable(EnvironmentFaults.Variable));
        using var signals = new StopSignals();
        using var logs = new LineLoggerFactory(Terminal.Error.WriteLine, options.LogLevel, TimeProvider.System);
        var log = logs.CreateLogger("Bucardo.Console");
        using var telling = signals.Token.Register(() => log.LogInformation("Stopping once the round in hand is done; a second signal ends the process at once."));
        var service = new ServiceOptions { Syncs = options.Syncs };
        service = service with { Session = service.Session with { Faults = faults } };
        try
        {
            await CheckSyncsAsync(options, log, signals.Token);
            await new BucardoService(options.Connection, service, logs).RunAsync(signals.Token);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            // Told to stop before it had begun.
        }
        return 0;
    }

    // A daemon that waits for a sync that nobody has made helps nobody. While the control database is away there is nothing to look at.
    static async Task CheckSyncsAsync(DaemonOptions options, ILogger log, CancellationToken cancellation)
    {
        if (options.Syncs.Count == 0) return;
        try
        {
            await using var control = await ControlDatabase.OpenAsync(options.Connection, cancellation);
            foreach (var name in options.Syncs) await control.Syncs.GetAsync(name, cancellation);
        }
        catch (BucardoException e) when (e.Kind is ErrorKind.Connection or ErrorKind.Timeout)
        {
            log.LogDebug("The names of the syncs could not be checked: {Reason}", e.Message);
        }
    }
}
