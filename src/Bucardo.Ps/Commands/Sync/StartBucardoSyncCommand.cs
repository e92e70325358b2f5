using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Activates a sync: validates it on all its databases, installs capture there, and lets the service run it. When something is wrong, every problem is
/// reported and nothing is changed. An active sync is checked and repaired.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class StartBucardoSyncCommand : SyncActionCommand
{
    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}' on {DatabasesOf(sync)}", "Validate, install capture and activate")) return;
        var control = Control;
        var active = CallWithClock($"Activating sync {sync.Name}", cancellation => SyncOperations.ActivateAsync(control, sync.Name, cancellation));
        if (Wait) WaitForRound(active);
        if (PassThru) WriteObject(active);
    }
}
