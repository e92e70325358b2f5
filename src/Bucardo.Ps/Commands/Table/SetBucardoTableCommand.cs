using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;

namespace Bucardo.Ps.Commands;

/// <summary>Changes how a registered table is replicated: its key, how its conflicts are resolved, whether its changes wake the service.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoTable", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByName)]
[OutputType(typeof(Table))]
public sealed class SetBucardoTableCommand : TableSelectionCommand
{
    /// <summary>Key to replicate by; there must be a unique index on exactly these columns, all of them NOT NULL. An empty list @() chooses it again from the database.</summary>
    [Parameter]
    [Alias("KeyColumns")]
    [AllowEmptyCollection]
    public string[]? KeyColumn { get; set; }

    /// <summary>Conflict strategy of this table alone; '' goes back to the sync's.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ConflictStrategyCompleter))]
    public string? ConflictStrategy { get; set; }

    /// <summary>Whether its changes wake the service; $null goes back to what the sync says.</summary>
    [Parameter]
    public bool? AutoKick { get; set; }

    /// <summary>Whether changes of different columns of one row, made on different nodes, are both kept.</summary>
    [Parameter]
    public bool? MergeColumns { get; set; }

    /// <summary>Columns (smallint to bigint, numeric) whose changes on all nodes add up, as the increments of a counter or a balance do; @(): none.</summary>
    [Parameter]
    [Alias("Counters", "CounterColumns")]
    [AllowEmptyCollection]
    public string[]? CounterColumn { get; set; }

    /// <summary>Return the changed table.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Table table)
    {
        if (!ShouldProcess($"table '{table.FullName}'", "Change " + Changes.Of(MyInvocation))) return;
        var changed = Ask((control, cancellation) => control.Tables.UpdateAsync(
            table.Id,
            new TableChange
            {
                KeyColumns = KeyColumn,
                ConflictStrategy = ConflictStrategy,
                AutoKick = AutoKick,
                MergeColumns = MergeColumns,
                Counters = CounterColumn,
                InheritAutoKick = AutoKick is null && MyInvocation.BoundParameters.ContainsKey(nameof(AutoKick)),
            },
            cancellation));
        if (PassThru) WriteObject(changed);
    }
}
