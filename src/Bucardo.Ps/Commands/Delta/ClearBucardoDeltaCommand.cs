using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Purges the change rows that every database has had, which the service does by itself every half minute. With -Force it drops what is still pending, too: no database will get it. That is for
/// databases that have just been made equal by other means; all of them must be there, and no service may be running the sync (Suspend-BucardoSync).
/// </summary>
[Cmdlet(VerbsCommon.Clear, "BucardoDelta", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(DeltaPurge))]
public sealed class ClearBucardoDeltaCommand : SyncSelectionCommand
{
    readonly HashSet<string> _done = [];

    /// <summary>Drop what is pending. The rows stay as they are on each database: where they differ, they go on differing until they are changed again.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        // What Measure-BucardoDelta pipes in names a sync once for each table and pair of databases.
        if (!_done.Add(sync.Name)) return;
        var action = Force ? "Drop the changes that are pending, so that no database gets them, and purge" : "Purge the changes that every database has had";
        if (!ShouldProcess($"sync '{sync.Name}' on the databases of group '{sync.DatabaseGroup}'", action)) return;
        var control = Control;
        if (Force)
        {
            WriteObject(CallWithClock($"Dropping what is pending in sync {sync}", cancellation => DeltaUpkeep.ForgetAsync(control, sync.Name, cancellation)), enumerateCollection: true);
            return;
        }
        var (purged, problems) = CallWithClock($"Purging sync {sync}", cancellation => DeltaUpkeep.PurgeAsync(control, sync.Name, cancellation));
        foreach (var problem in problems) WriteWarning($"Sync '{sync.Name}': {problem.Message}");
        WriteObject(purged, enumerateCollection: true);
    }
}
