using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Looks on databases for tables that can be replicated, with their key and size: <c>Find-BucardoTable -Database A -Unregistered -KeyOnly | Add-BucardoTable -Herd shop</c>. It only reads.
/// </summary>
[Cmdlet(VerbsCommon.Find, "BucardoTable")]
[OutputType(typeof(TableCandidate))]
public sealed class FindBucardoTableCommand : ControlCommand
{
    /// <summary>Names: table or schema.table, wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0)]
    [Alias("Table")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    public string[] Name { get; set; } = [];

    /// <summary>Databases to look at; wildcards allowed. Default: the first source.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Database { get; set; }

    /// <summary>Only of these schemas; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[] Schema { get; set; } = [];

    /// <summary>Not of these schemas; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[] ExcludeSchema { get; set; } = [];

    /// <summary>Not these: table or schema.table, wildcards allowed.</summary>
    [Parameter]
    [Alias("ExcludeTable")]
    [SupportsWildcards]
    public string[] ExcludeName { get; set; } = [];

    /// <summary>Only what has a key, and so can be replicated.</summary>
    [Parameter]
    public SwitchParameter KeyOnly { get; set; }

    /// <summary>Only what is not registered yet.</summary>
    [Parameter]
    public SwitchParameter Unregistered { get; set; }

    /// <summary>Tables (the default) or sequences.</summary>
    [Parameter]
    public RelationType Type { get; set; } = RelationType.Table;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Database is null) Attempt(Name, () => Find(null));
        else ForEach(Database, name => ForEach(FindDatabases(name), database => Find(database.Name)));
    }

    void Find(string? database)
    {
        var search = new TableSearch { Database = database, Patterns = Name, Schemas = Schema, ExcludedSchemas = ExcludeSchema, Excluded = ExcludeName, Type = Type };
        var found = Ask((control, cancellation) => control.Tables.FindAsync(search, cancellation));
        WriteObject(found.Where(c => (c.CanReplicate || !KeyOnly) && !(c.IsRegistered && Unregistered)), enumerateCollection: true);
    }
}
