using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that does something to registered tables, named or piped.</summary>
public abstract class TableSelectionCommand : ControlCommand
{
    /// <summary>Parameter set of tables by name.</summary>
    protected const string ByName = "Name";

    /// <summary>Parameter set of tables as Get-BucardoTable returns them.</summary>
    protected const string ByObject = "InputObject";

    /// <summary>Names: table or schema.table, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [Alias("Table", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Tables as Get-BucardoTable returns them.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [ValidateNotNullOrEmpty]
    public Table[] InputObject { get; set; } = [];

    /// <summary>Only tables of this schema; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [SupportsWildcards]
    public string? Schema { get; set; }

    /// <summary>Only tables whose definition was read from this database; wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByName)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Only tables of this herd; wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByName)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Herd)]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string? Herd { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByObject)
        {
            ForEach(InputObject, Process);
            return;
        }
        var filter = new TableFilter { Schema = Schema, Database = Database, Herd = Herd };
        ForEach(Name, name => ForEach(FindTables(name, filter), Process));
    }

    /// <summary>Does it to one of them; an exception becomes an error about this one only.</summary>
    protected abstract void Process(Table table);
}
