using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Counts the changes that wait to be replicated, per sync, table, origin and receiver; nothing is returned for what is level. It only reads.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "BucardoDelta")]
[OutputType(typeof(DeltaCount))]
public sealed class MeasureBucardoDeltaCommand : ControlCommand
{
    /// <summary>Names of syncs; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Sync { get; set; } = ["*"];

    /// <summary>Only tables whose schema.table or table fits; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string? Table { get; set; }

    /// <summary>Only changes that were made on this database; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Origin { get; set; }

    /// <summary>Only changes that this database does not have yet; wildcards allowed.</summary>
    [Parameter]
    [Alias("Database")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Receiver { get; set; }

    /// <summary>How long a database may take to answer: seconds, or a TimeSpan. Default: 5 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Count so many change rows of one table for one receiver at most. Default: a million.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long Limit { get; set; } = SyncInspection.UsualLimit;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Sync, name => ForEach(FindSyncs(name), sync =>
    {
        var control = Control;
        var measure = CallWithClock($"Measuring sync {sync}", cancellation => SyncInspection.MeasureAsync(control, sync.Name, Timeout ?? TimeSpan.FromSeconds(5), Limit, cancellation));
        foreach (var node in measure.Nodes.Where(n => n.Problem is not null)) WriteWarning($"Sync '{sync.Name}': {node.Problem}");
        WriteObject(measure.Deltas.Where(Fits), enumerateCollection: true);
    }));

    bool Fits(DeltaCount delta) =>
        (Table is null || Wildcard.Pattern(Table) is var table && (table.IsMatch(delta.Table) || table.IsMatch(delta.Table[(delta.Table.IndexOf('.') + 1)..])))
        && (Origin is null || Wildcard.Pattern(Origin).IsMatch(delta.Origin))
        && (Receiver is null || Wildcard.Pattern(Receiver).IsMatch(delta.Receiver));
}
