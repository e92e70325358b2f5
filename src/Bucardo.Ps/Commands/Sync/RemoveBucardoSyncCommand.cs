using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Removes a sync, and what it installed on its databases. Its herd, its database group, its history and all data stay.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(Sync))]
public sealed class RemoveBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Return the sync that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}' (herd '{sync.Herd}', database group '{sync.DatabaseGroup}')", "Remove, and what it installed on its databases")) return;
        var control = Control;
        var left = CallWithClock($"Removing sync {sync.Name}", cancellation => SyncOperations.RemoveAsync(control, sync.Name, cancellation));
        foreach (var problem in left) WriteWarning(problem.Message);
        if (PassThru) WriteObject(sync);
    }
}
