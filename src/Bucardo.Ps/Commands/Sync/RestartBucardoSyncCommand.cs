using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Lets a sync begin anew: checks and repairs it on all its databases, activates it if it was not active, and has the service that runs it connect to all databases again and run a round at once.
/// </summary>
[Cmdlet(VerbsLifecycle.Restart, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class RestartBucardoSyncCommand : SyncActionCommand
{
    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}' on {DatabasesOf(sync)}", "Check, repair, and have the service begin anew")) return;
        var control = Control;
        var active = CallWithClock($"Restarting sync {sync.Name}", cancellation => SyncOperations.RestartAsync(control, sync.Name, cancellation));
        if (Wait) WaitForRound(active);
        if (PassThru) WriteObject(active);
    }
}
