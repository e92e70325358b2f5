using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Deactivates a sync: the service runs no further rounds of it. Changes go on being captured, so nothing is missing when it is started again.</summary>
[Cmdlet(VerbsLifecycle.Stop, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class StopBucardoSyncCommand : SyncActionCommand
{
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
                await ServedSync.WaitAsync(control, sync.Name, taken: false, Patience, cancellation);
                return true;
            });
        }
        if (PassThru) WriteObject(inactive);
    }
}
