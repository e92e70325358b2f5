using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that changes what the service does with a sync, and can wait until the service has done so.</summary>
public abstract class SyncActionCommand : SyncSelectionCommand
{
    /// <summary>Return only when the service has followed.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>With -Wait: how long to wait. Default: 10 minutes.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Return the sync.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>How long to wait.</summary>
    protected TimeSpan Patience => Timeout ?? KickDefaults.Timeout;

    /// <summary>The databases that the sync is about, for whoever is asked for leave.</summary>
    protected string DatabasesOf(Sync sync) =>
        string.Join(", ", Ask((control, cancellation) => control.DatabaseGroups.GetAsync(sync.DatabaseGroup, cancellation)).Members);

    /// <summary>Has the service run a round, and returns when it has; a round that failed is an error.</summary>
    protected void WaitForRound(Sync sync)
    {
        var control = Control;
        var result = CallWithClock($"Waiting for a round of sync {sync}", cancellation => ServedSync.KickAsync(control, sync.Name, Patience, cancellation));
        if (KickDefaults.ErrorOf(result) is { } error) throw error;
    }
}
