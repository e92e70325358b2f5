using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the sequences that are registered for replication.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoSequence")]
[OutputType(typeof(Table))]
public sealed class GetBucardoSequenceCommand : ControlCommand
{
    /// <summary>Names: sequence or schema.sequence, wildcards allowed. Default: all. A piped herd gives its sequences.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Sequence", "FullName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sequence)]
    [ArgumentCompleter(typeof(SequenceNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only sequences of this schema; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Schema { get; set; }

    /// <summary>Only sequences whose definition was read from this database; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Only sequences of this herd; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Herd)]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string? Herd { get; set; }

    /// <summary>Only sequences of this sync; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string? Sync { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var filter = new TableFilter { Schema = Schema, Database = Database, Herd = Herd, Sync = Sync, Type = RelationType.Sequence };
        ForEach(Name, name => WriteObject(FindTables(name, filter), enumerateCollection: true));
    }
}
