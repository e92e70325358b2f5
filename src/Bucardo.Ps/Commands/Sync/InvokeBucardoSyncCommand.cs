using System.Management.Automation;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Hosting;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Runs one round of a sync in this session, without a service, and returns what it did: for scheduled tasks. The sync has to be active. With -WhatIf it returns the plan of the round, and
/// touches nothing: which rows would move from where to where, which are in conflict, and who would win.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SyncRun), typeof(SyncPlan))]
public sealed class InvokeBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>A round that is stopped has to be rolled back on every node.</summary>
    protected override TimeSpan Grace => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        var control = Control;
        var what = $"Run a round of sync '{sync.Name}' on the databases of group '{sync.DatabaseGroup}'";
        if (!ShouldProcess(what, $"{what}?", "Confirm", out var reason))
        {
            if (reason == ShouldProcessReason.WhatIf) WriteObject(CallWithClock($"Planning sync {sync.Name}", cancellation => SyncInspection.PlanAsync(control, sync.Name, cancellation)));
            return;
        }
        var activity = $"Running sync {sync.Name}";
        var progress = new CommandProgress<RoundProgress>(this, report => ShowProgress(activity, report.Activity, report.Percent));
        try
        {
            var run = Call(cancellation => SyncOperations.RunOnceAsync(control, sync.Name, progress, cancellation, ScriptHost.Instance));
            foreach (var problem in run.Problems) WriteWarning($"Sync '{sync.Name}', {problem}");
            WriteObject(run);
        }
        finally
        {
            EndProgress(activity);
        }
    }
}
