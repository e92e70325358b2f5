using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the conflicts that were decided, newest first: the version that won, the one that lost, both rows. Conflicts of syncs that were removed are kept.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoConflict", DefaultParameterSetName = "Filter")]
[OutputType(typeof(Conflict))]
public sealed class GetBucardoConflictCommand : ControlCommand
{
    /// <summary>Names of syncs; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0)]
    [Alias("SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Sync { get; set; } = ["*"];

    /// <summary>Tables: table or schema.table, wildcards allowed. Default: all.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[]? Table { get; set; }

    /// <summary>Key of the row that lost, column by column.</summary>
    [Parameter]
    public string[]? Key { get; set; }

    /// <summary>Only conflicts that a version of this database won; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Winner { get; set; }

    /// <summary>Only conflicts that a version of this database lost; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Loser { get; set; }

    /// <summary>Only conflicts about this.</summary>
    [Parameter]
    public ConflictKind? Kind { get; set; }

    /// <summary>Only conflicts that this strategy decided; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ConflictStrategyCompleter))]
    public string? Strategy { get; set; }

    /// <summary>Only conflicts decided at this time or later.</summary>
    [Parameter]
    [Alias("After")]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only conflicts decided before this time.</summary>
    [Parameter]
    [Alias("Before")]
    public DateTimeOffset? Until { get; set; }

    /// <summary>At most so many, the newest ones. Default: 100; 0 for all.</summary>
    [Parameter]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    public int First { get; set; } = 100;

    /// <summary>Only the conflict with this number.</summary>
    [Parameter]
    public long? Id { get; set; }

    /// <summary>Syncs, tables, rounds or databases, whose conflicts are to be shown.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(InputObject, () =>
    {
        var filter = new ConflictFilter { Id = Id, Key = Key, Winner = Winner, Loser = Loser, Kind = Kind, Strategy = Strategy, Since = Since, Until = Until, First = First == 0 ? null : First };
        var (syncs, tables) = (Sync, Table);
        switch (InputObject?.BaseObject)
        {
            case null: break;
            case string name: syncs = [name]; break;
            case Sync sync: syncs = [sync.Name]; break;
            case SyncState state: syncs = [state.Name]; break;
            case SyncRun run: syncs = [run.Sync]; break;
            case Table table: tables = [$"\"{table.Schema.Replace("\"", "\"\"")}\".\"{table.Name.Replace("\"", "\"\"")}\""]; break;
            case Conflict conflict: filter = filter with { Id = conflict.Id }; break;
            default: throw new BucardoException("InvalidInput", ErrorKind.InvalidArgument, $"Get-BucardoConflict takes syncs, tables, rounds and conflicts from the pipeline, not {InputObject.BaseObject.GetType().Name}.");
        }
        foreach (var sync in syncs)
        {
            foreach (var table in tables ?? [null!])
            {
                var found = Ask((control, cancellation) => control.Conflicts.ListAsync(filter with { Sync = sync, Table = table }, cancellation));
                // A removed sync still has a history, so a name is unknown only if there is neither.
                if (found.Count == 0 && !Wildcard.IsIn(sync)) FindSyncs(sync);
                WriteObject(found, enumerateCollection: true);
            }
        }
    });
}
