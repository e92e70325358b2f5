using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Pauses a sync: the service finishes the round in hand and runs no further one until Resume-BucardoSync; changes are kept meanwhile.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class SuspendBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Why; Get-BucardoSync shows it.</summary>
    [Parameter]
    public string? Reason { get; set; }

    /// <summary>Return the sync.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}'", "Pause")) return;
        var paused = Ask((control, cancellation) => control.Syncs.SetPausedAsync(sync.Name, true, Reason, cancellation));
        if (PassThru) WriteObject(paused);
    }
}
