using System.Management.Automation;
using System.Runtime.InteropServices;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Hosting;
using Bucardo.Ps.Parameters;
using Microsoft.Extensions.Logging;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Runs the service that runs the syncs: here, until Ctrl+C, SIGTERM or Stop-BucardoService, or detached with -Background. A second service on the same control
/// database is a standby: each sync is run by one of them.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "BucardoService", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ServiceInfo))]
public sealed class StartBucardoServiceCommand : ServiceLaunchCommand
{
    /// <summary>Run it in a PowerShell of its own that outlives this one, and return once it answers.</summary>
    [Parameter]
    public SwitchParameter Background { get; set; }

    readonly ServiceOptions _options = new();

    /// <summary>A stopped service finishes the round in hand, or rolls it back.</summary>
    protected override TimeSpan Grace => Background ? base.Grace : _options.StopGrace + TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override void EndProcessing() => Attempt(CurrentConnection, () =>
    {
        var syncs = SyncNames();
        var running = Ask((control, cancellation) => ServiceDirectory.ListAsync(control, cancellation));
        if (!ShouldProcess($"control database {CurrentConnection}", Background ? "Start a service in the background" : "Run a service until it is stopped")) return;
        if (running.Count > 0) WriteWarning($"A service runs already ({string.Join(", ", running)}): this one takes over what that one lets go.");

        if (Background) WriteObject(StartBackground(syncs));
        else HostService(syncs);
    });

    void HostService(string[] syncs)
    {
        using var log = new ServiceLog(this, Enum.Parse<LogLevel>(LogLevel), LogPath is null ? null : WritableLog(LogPath));
        var service = new BucardoService(CurrentConnection.GetSettings(), _options with { Syncs = syncs, Session = _options.Session with { Scripts = ScriptHost.Instance } }, log);
        Call(async cancellation =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // PowerShell itself would end at once, with a round in hand.
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                stop.Cancel();
            });
            await service.RunAsync(stop.Token);
        });
    }
}
