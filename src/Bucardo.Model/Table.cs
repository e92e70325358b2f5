namespace Bucardo.Model;

/// <summary>A table or sequence to be replicated: a row of <c>bucardo.goat</c>.</summary>
public sealed record Table
{
    /// <summary>Identifies it in the control database.</summary>
    public required int Id { get; init; }

    /// <summary>Name of the database that its definition was read from.</summary>
    public required string Database { get; init; }

    /// <summary>Schema, as it is spelt in the catalog (no quotes).</summary>
    public required string Schema { get; init; }

    /// <summary>Name, as it is spelt in the catalog (no quotes).</summary>
    public required string Name { get; init; }

    /// <summary>Table or sequence.</summary>
    public RelationType Type { get; init; }

    /// <summary>The key by which rows are replicated, in the key's order. Empty for sequences.</summary>
    public IReadOnlyList<string> KeyColumns { get; init => field = value.ToArray(); } = [];

    /// <summary>The key columns' types.</summary>
    public IReadOnlyList<string> KeyTypes { get; init => field = value.ToArray(); } = [];

    /// <summary>Conflict strategy of this table alone; null: the sync's.</summary>
    public string? ConflictStrategy { get; init; }

    /// <summary>Whether changes of this table wake the service; null: as the sync says.</summary>
    public bool? AutoKick { get; init; }

    /// <summary>Whether changes of different columns of one row, made on different nodes, are both kept.</summary>
    public bool MergeColumns { get; init; }

    /// <summary>Numeric columns whose changes on all nodes add up.</summary>
    public IReadOnlyList<string> Counters { get; init => field = value.ToArray(); } = [];

    /// <summary>Names of the herds that it belongs to.</summary>
    public IReadOnlyList<string> Herds { get; init => field = value.ToArray(); } = [];

    /// <summary>When it was added.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary><c>schema.name</c>, unquoted, for people to read.</summary>
    public string FullName => $"{Schema}.{Name}";

    /// <inheritdoc/>
    public override string ToString() => FullName;
}

/// <summary>A named, ordered set of tables and sequences (relation group): a row of <c>bucardo.herd</c>.</summary>
public sealed record Herd
{
    /// <summary>The herd's name.</summary>
    public required string Name { get; init; }

    /// <summary>A note for people.</summary>
    public string? About { get; init; }

    /// <summary>The members, higher priority first, then in the order in which they were added.</summary>
    public IReadOnlyList<Table> Tables { get; init => field = value.ToArray(); } = [];

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
