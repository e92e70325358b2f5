using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Removes a sync. Its herd, its database group, its history and the data on all nodes stay.</summary>
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
        if (!ShouldProcess($"sync '{sync.Name}' (herd '{sync.Herd}', database group '{sync.DatabaseGroup}')", "Remove")) return;
        Ask((control, cancellation) => control.Syncs.RemoveAsync(sync.Name, cancellation));
        if (PassThru) WriteObject(sync);
    }
}
