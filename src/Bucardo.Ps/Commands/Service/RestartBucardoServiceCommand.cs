using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Stops the services that run on the control database and starts one on this machine, in the background. Each finishes the round in hand, or rolls it back; what is written meanwhile is captured.
/// </summary>
[Cmdlet(VerbsLifecycle.Restart, "BucardoService", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ServiceInfo))]
public sealed class RestartBucardoServiceCommand : ServiceLaunchCommand
{
    /// <summary>Numbers of the services; each that comes through the pipeline is replaced by one of its own. Default: all of them are replaced by one.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public long[]? Id { get; set; }

    /// <summary>Also where services run on other machines: they are stopped, and the one that takes their place runs here.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(CurrentConnection, () =>
    {
        var syncs = SyncNames();
        var running = ServiceChoice.Of(Ask((control, cancellation) => ServiceDirectory.ListAsync(control, cancellation)), Id, hostNames: null);
        if (running.FirstOrDefault(s => !s.HostName.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)) is { } elsewhere && !Force)
            throw new BucardoException("ServiceElsewhere", ErrorKind.InvalidOperation,
                $"Service {elsewhere} runs on another machine than this one: restart it there, or have one here take its place with -Force.");
        var what = running.Count == 0 ? $"control database {CurrentConnection}" : $"service {string.Join(", ", running)}";
        if (!ShouldProcess(what, running.Count == 0 ? "Start a service in the background" : "Stop, and start a service in the background")) return;
        Ask((control, cancellation) => ServiceDirectory.StopAsync(control, running, Patience, cancellation));
        WriteObject(StartBackground(syncs));
    });
}
