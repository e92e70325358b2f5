using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the tables and sequences that are registered for replication.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoTable")]
[OutputType(typeof(Table))]
public sealed class GetBucardoTableCommand : ControlCommand
{
    /// <summary>Names: table or schema.table, wildcards allowed. Default: all. A piped herd gives its tables.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Table", "FullName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only tables of this schema; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Schema { get; set; }

    /// <summary>Only tables whose definition was read from this database; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Only tables of this herd; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Herd)]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string? Herd { get; set; }

    /// <summary>Only tables of this sync; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string? Sync { get; set; }

    /// <summary>Tables or sequences only.</summary>
    [Parameter]
    public RelationType? Type { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var filter = new TableFilter { Schema = Schema, Database = Database, Herd = Herd, Sync = Sync, Type = Type };
        ForEach(Name, name => WriteObject(FindTables(name, filter), enumerateCollection: true));
    }
}
