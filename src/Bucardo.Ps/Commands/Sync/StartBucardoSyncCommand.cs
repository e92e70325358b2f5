using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Activates a sync: validates it on all its databases, installs capture there, and lets the service run it. When something is wrong, every problem is
/// reported and nothing is changed. An active sync is checked and repaired.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class StartBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Return only when the service has run its first round.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>With -Wait: how long to wait for that round. Default: 10 minutes.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Return the sync.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        var databases = Ask((control, cancellation) => control.DatabaseGroups.GetAsync(sync.DatabaseGroup, cancellation)).Members;
        if (!ShouldProcess($"sync '{sync.Name}' on {string.Join(", ", databases)}", "Validate, install capture and activate")) return;

        var control = Control;
        var active = CallWithClock($"Activating sync {sync.Name}", cancellation => SyncOperations.ActivateAsync(control, sync.Name, cancellation));
        if (Wait) WaitForRound(sync.Name);
        if (PassThru) WriteObject(active);
    }

    void WaitForRound(string name)
    {
        var control = Control;
        var timeout = Timeout ?? KickDefaults.Timeout;
        var result = CallWithClock($"Waiting for the first round of sync {name}", cancellation => ServedSync.KickAsync(control, name, timeout, cancellation));
        if (KickDefaults.ErrorOf(result) is { } error) throw error;
    }
}
