using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Lets a sync begin anew: checks and repairs it on all its databases, activates it if it was not active, and has the service that runs it connect to all databases again and run a round at once.
/// </summary>
[Cmdlet(VerbsLifecycle.Restart, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class RestartBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Return only when the service has run a round.</summary>
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
        if (!ShouldProcess($"sync '{sync.Name}' on {string.Join(", ", databases)}", "Check, repair, and have the service begin anew")) return;
        var control = Control;
        var active = CallWithClock($"Restarting sync {sync}", cancellation => SyncOperations.RestartAsync(control, sync.Name, cancellation));
        if (Wait && KickDefaults.ErrorOf(CallWithClock($"Waiting for a round of sync {sync}",
            cancellation => ServedSync.KickAsync(control, sync.Name, Timeout ?? KickDefaults.Timeout, cancellation))) is { } error) throw error;
        if (PassThru) WriteObject(active);
    }
}
