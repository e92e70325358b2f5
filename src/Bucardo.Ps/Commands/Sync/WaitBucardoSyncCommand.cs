using System.Diagnostics;
using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Waits for syncs: until what was committed on their sources when it was called has reached every active database (whoever runs the rounds), or until a service runs them, or lets them go.
/// </summary>
[Cmdlet(VerbsLifecycle.Wait, "BucardoSync")]
[OutputType(typeof(Sync))]
public sealed class WaitBucardoSyncCommand : SyncSelectionCommand
{
    readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>What to wait for. Default: CaughtUp.</summary>
    [Parameter]
    public SyncGoal Until { get; set; } = SyncGoal.CaughtUp;

    /// <summary>How long to wait, all in all: seconds, or a TimeSpan. Default: 10 minutes.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Return the syncs that got there.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        var control = Control;
        var left = (Timeout ?? KickDefaults.Timeout) - _clock.Elapsed;
        if (left < TimeSpan.Zero) left = TimeSpan.Zero;
        CallWithClock($"Waiting for sync {sync}", async cancellation =>
        {
            if (Until == SyncGoal.CaughtUp) await SyncWait.UntilCaughtUpAsync(control, sync.Name, left, cancellation);
            else await SyncWait.UntilServedAsync(control, sync.Name, Until == SyncGoal.Served, left, cancellation);
            return true;
        });
        if (PassThru) WriteObject(sync);
    }
}
