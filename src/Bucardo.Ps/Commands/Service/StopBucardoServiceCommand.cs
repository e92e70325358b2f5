using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Stops all services that run on the control database, on whatever machine: each finishes the round in hand, or rolls it back. Nothing is lost.</summary>
[Cmdlet(VerbsLifecycle.Stop, "BucardoService", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ServiceInfo))]
public sealed class StopBucardoServiceCommand : ControlCommand
{
    /// <summary>How long to wait for them: seconds, or a TimeSpan. Default: 30 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Return the services that were stopped.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => Attempt(CurrentConnection, () =>
    {
        var running = Ask((control, cancellation) => ServiceDirectory.ListAsync(control, cancellation));
        if (running.Count == 0)
        {
            WriteVerbose("No service runs.");
            return;
        }
        if (!ShouldProcess($"service {string.Join(", ", running)}", "Stop")) return;
        var stopped = Ask((control, cancellation) => ServiceDirectory.StopAsync(control, Timeout ?? TimeSpan.FromSeconds(30), cancellation));
        if (PassThru) WriteObject(stopped, enumerateCollection: true);
    });
}
