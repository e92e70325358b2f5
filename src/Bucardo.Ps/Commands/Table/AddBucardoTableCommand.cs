using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Registers tables for replication, and puts them into a herd. A table needs a primary key, or a unique index on columns that are NOT NULL.</summary>
[Cmdlet(VerbsCommon.Add, "BucardoTable", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByName)]
[OutputType(typeof(Table))]
public sealed class AddBucardoTableCommand : ControlCommand
{
    const string ByName = "Name";
    const string Every = "All";

    /// <summary>Names: table or schema.table, wildcards allowed; spelt as in the catalog, no quotes needed. A part in double quotes is taken literally.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [Alias("Table", "FullName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Every table (of -Schema, if given) that has a key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = Every)]
    public SwitchParameter All { get; set; }

    /// <summary>Only tables of this schema; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [EmptyIsNull]
    public string? Schema { get; set; }

    /// <summary>Database to read the definitions from. Default: the first source.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Database)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Herd to put them into; made if it is not there. Tables that are registered already are put into it, too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Herd)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string? Herd { get; set; }

    /// <summary>Their priority in the herd; higher comes first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public int? Priority { get; set; }

    /// <summary>Tables (the default) or sequences.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public RelationType? Type { get; set; }

    /// <summary>Key to replicate by, if not the primary key; there must be a unique index on exactly these columns, all of them NOT NULL.</summary>
    [Parameter]
    [Alias("KeyColumns")]
    public string[]? KeyColumn { get; set; }

    /// <summary>Conflict strategy of these tables alone. Default: the sync's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(ConflictStrategyCompleter))]
    public string? ConflictStrategy { get; set; }

    /// <summary>Whether changes of these tables wake the service. Default: as the sync says.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public bool? AutoKick { get; set; }

    /// <summary>Changes of different columns of one row, made on different nodes, are both kept.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public bool? MergeColumns { get; set; }

    /// <summary>Columns (smallint to bigint, numeric) whose changes on all nodes add up, as the increments of a counter or a balance do.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Counters", "CounterColumns")]
    [AllowEmptyCollection]
    public string[]? CounterColumn { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (All) Attempt(Schema ?? "all tables", () => Add($"all tables{InSchema}", []));
        else ForEach(Name, name => Add($"table '{name}'{InSchema}", [name]));
    }

    string InSchema => Schema is null ? "" : $" of schema '{Schema}'";

    void Add(string what, string[] patterns)
    {
        var where = Database is null ? "" : $" of database '{Database}'";
        if (!ShouldProcess(what + where, Herd is null ? "Register" : $"Register and put into herd '{Herd}'")) return;
        var result = Ask((control, cancellation) => control.Tables.AddAsync(Selection(patterns), cancellation));
        foreach (var skipped in result.Skipped) WriteWarning(skipped.Message);
        foreach (var known in result.Known) WriteVerbose($"{known.FullName} was registered before.");
        WriteObject(result.Added.Concat(result.Known).OrderBy(table => table.Id), enumerateCollection: true);
    }

    TableSelection Selection(string[] patterns) => new()
    {
        Patterns = patterns,
        All = All,
        Schema = Schema,
        Database = Database,
        Herd = Herd,
        Priority = Priority ?? 0,
        Type = Type ?? RelationType.Table,
        KeyColumns = KeyColumn,
        ConflictStrategy = ConflictStrategy,
        AutoKick = AutoKick,
        MergeColumns = MergeColumns ?? false,
        Counters = CounterColumn ?? [],
    };
}
