using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Deactivates a sync: the service runs no further rounds of it. Changes go on being captured, so nothing is missing when it is started again.</summary>
[Cmdlet(VerbsLifecycle.Stop, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class StopBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Return only when the service has let go of it.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>With -Wait: how long to wait. Default: 10 minutes.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Return the sync.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}'", "Deactivate")) return;
        var inactive = Ask((control, cancellation) => SyncOperations.DeactivateAsync(control, sync.Name, cancellation));
        if (Wait)
        {
            var control = Control;
            CallWithClock($"Waiting until the service lets go of sync {sync.Name}", async cancellation =>
            {
                await ServedSync.WaitAsync(control, sync.Name, taken: false, Timeout ?? KickDefaults.Timeout, cancellation);
                return true;
            });
        }
        if (PassThru) WriteObject(inactive);
    }
}
