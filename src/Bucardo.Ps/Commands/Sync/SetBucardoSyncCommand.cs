using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Changes a sync; a running service takes the change over by itself. What is not given stays as it is.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Sync))]
public sealed class SetBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>A new name; its history follows. Only while it is inactive.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>Another herd.</summary>
    [Parameter]
    [NameTransformation(NameKind.Herd)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string? Herd { get; set; }

    /// <summary>Another database group.</summary>
    [Parameter]
    [Alias("Group")]
    [NameTransformation(NameKind.DatabaseGroup)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseGroupNameCompleter))]
    public string? DatabaseGroup { get; set; }

    /// <summary>Whether a change wakes the service at once.</summary>
    [Parameter]
    public bool? AutoKick { get; set; }

    /// <summary>Run a round at least this often: seconds, or a TimeSpan; 0: only when kicked.</summary>
    [Parameter]
    [DurationTransformation(AllowZero = true)]
    public TimeSpan? CheckTime { get; set; }

    /// <summary>bucardo_latest, bucardo_latest(column), bucardo_latest_all_tables, bucardo_earliest, bucardo_source, bucardo_target, bucardo_random, bucardo_skip, bucardo_abort, bucardo_custom(name), or names of databases in order of preference.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ConflictStrategyCompleter))]
    public string[]? ConflictStrategy { get; set; }

    /// <summary>Changes of one source that a round takes at most before it commits and goes on with a further step.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaximumChanges { get; set; }

    /// <summary>Return the changed sync.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}'", "Change " + Changes.Of(MyInvocation, nameof(Herd)))) return;
        var changed = Ask((control, cancellation) => control.Syncs.UpdateAsync(
            sync.Name,
            new SyncChange
            {
                NewName = NewName,
                Herd = Herd,
                DatabaseGroup = DatabaseGroup,
                AutoKick = AutoKick,
                CheckTime = CheckTime,
                ConflictStrategy = ConflictStrategy is null ? null : string.Join(' ', ConflictStrategy),
                MaximumChanges = MaximumChanges,
            },
            cancellation));
        if (PassThru) WriteObject(changed);
    }
}
