using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Lets a paused sync go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(Sync))]
public sealed class ResumeBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Return the sync.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}'", "Resume")) return;
        var resumed = Ask((control, cancellation) => control.Syncs.SetPausedAsync(sync.Name, false, null, cancellation));
        if (PassThru) WriteObject(resumed);
    }
}
