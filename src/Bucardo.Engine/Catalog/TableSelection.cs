using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Which tables or sequences of a database to add to the control database.</summary>
public sealed record TableSelection
{
    /// <summary>Database to read the definitions from. Null: the only one there is, else the first source, else the oldest.</summary>
    public string? Database { get; init; }

    /// <summary>
    /// Names: <c>table</c>, <c>schema.table</c>, with the wildcards <c>*</c>, <c>%</c> and <c>?</c>; spelt as in the catalog (case
    /// matters, no
    /// quotes needed). A part in double quotes is taken literally: <c>"a.b".c</c>.
    /// </summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Only tables of this schema (wildcards allowed).</summary>
    public string? Schema { get; init; }

    /// <summary>Every table (of <see cref="Schema"/>, if given).</summary>
    public bool All { get; init; }

    /// <summary>Tables or sequences.</summary>
    public RelationType Type { get; init; } = RelationType.Table;

    /// <summary>Herd to put them into; made if it is not there. Tables that are registered already are put into it, too.</summary>
    public string? Herd { get; init; }

    /// <summary>Their priority in <see cref="Herd"/>; higher comes first.</summary>
    public int Priority { get; init; }

    /// <summary>Key to replicate by, if not the primary key; there must be a unique index on exactly these columns, all of them NOT
    /// NULL.</summary>
    public IReadOnlyList<string>? KeyColumns { get; init; }

    /// <summary>Conflict strategy of these tables alone. Null: the sync's.</summary>
    public string? ConflictStrategy { get; init; }

    /// <summary>Whether changes of these tables wake the service. Null: as the sync says.</summary>
    public bool? AutoKick { get; init; }

    /// <summary>Whether changes of different columns of one row are both kept.</summary>
    public bool MergeColumns { get; init; }

    /// <summary>Numeric columns whose changes on all nodes add up.</summary>
    public IReadOnlyList<string> Counters { get; init; } = [];
}

/// <summary>What came of adding tables.</summary>
/// <param name="Added">The tables that are new in the control database.</param>
/// <param name="Known">The tables that were there already and match the selection (wildcards and All only).</param>
/// <param name="Skipped">Why tables that match were left out: code <c>TableWithoutKey</c> (wildcards and All only; an exact name is an
/// error instead).</param>
public sealed record TableAddition(IReadOnlyList<Table> Added, IReadOnlyList<Table> Known, IReadOnlyList<Problem> Skipped);

/// <summary>Which registered tables to list. What is null does not restrict.</summary>
public sealed record TableFilter
{
    /// <summary><c>table</c> or <c>schema.table</c>, wildcards allowed.</summary>
    public string? Pattern { get; init; }

    /// <summary>Database that they were read from (wildcards allowed).</summary>
    public string? Database { get; init; }

    /// <summary>Schema (wildcards allowed).</summary>
    public string? Schema { get; init; }

    /// <summary>Herd that they belong to (wildcards allowed).</summary>
    public string? Herd { get; init; }

    /// <summary>Sync that they belong to (wildcards allowed).</summary>
    public string? Sync { get; init; }

    /// <summary>Tables or sequences.</summary>
    public RelationType? Type { get; init; }

    /// <summary>Identifiers of the tables.</summary>
    public IReadOnlyList<int>? Ids { get; init; }
}

/// <summary>What to change of a registered table. Null leaves a value as it is.</summary>
public sealed record TableChange
{
    /// <summary>Key to replicate by; an empty list: choose it again from the database. The table must have a unique index on exactly these
    /// NOT NULL columns.</summary>
    public IReadOnlyList<string>? KeyColumns { get; init; }

    /// <summary>Conflict strategy of this table alone; an empty text: the sync's.</summary>
    public string? ConflictStrategy { get; init; }

    /// <summary>Whether its changes wake the service.</summary>
    public bool? AutoKick { get; init; }

    /// <summary>True: as the sync says about autokick.</summary>
    public bool InheritAutoKick { get; init; }

    /// <summary>Whether changes of different columns of one row are both kept.</summary>
    public bool? MergeColumns { get; init; }

    /// <summary>Numeric columns whose changes on all nodes add up; an empty list: none.</summary>
    public IReadOnlyList<string>? Counters { get; init; }
}
