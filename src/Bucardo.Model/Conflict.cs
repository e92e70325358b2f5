namespace Bucardo.Model;

/// <summary>A version of a row that lost a conflict, with the one that won: a row of <c>bucardo.conflict</c>.</summary>
public sealed record Conflict
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Name of the sync; stays when the sync is removed.</summary>
    public required string Sync { get; init; }

    /// <summary>Schema of the table.</summary>
    public required string Schema { get; init; }

    /// <summary>Name of the table, without its schema.</summary>
    public required string TableName { get; init; }

    /// <summary>The table: <c>schema.table</c>.</summary>
    public string Table => $"{Schema}.{TableName}";

    /// <summary>Key of the row that lost, column by column as text.</summary>
    public required IReadOnlyList<string> Key { get; init => field = value.ToArray(); }

    /// <summary>What it was about.</summary>
    public ConflictKind Kind { get; init; }

    /// <summary>The unique or foreign key constraint; null where the row itself was in conflict.</summary>
    public string? Constraint { get; init; }

    /// <summary>The strategy that decided.</summary>
    public required string Strategy { get; init; }

    /// <summary>How it ended.</summary>
    public ConflictOutcome Outcome { get; init; }

    /// <summary>When it was decided, by the clock of the database that decided it.</summary>
    public DateTimeOffset Decided { get; init; }

    /// <summary>The database that decided it.</summary>
    public required string DecidedOn { get; init; }

    /// <summary>The database where the version that won was written.</summary>
    public required string Winner { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset WinnerTime { get; init; }

    /// <summary>Its row, column by column as text; null: it was a deletion; empty: it was too large to be kept.</summary>
    public IReadOnlyDictionary<string, string?>? WinnerRow { get; init; }

    /// <summary>The database where the version that lost was written; null when that is not known any more.</summary>
    public string? Loser { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset? LoserTime { get; init; }

    /// <summary>Its row, as <see cref="WinnerRow"/>.</summary>
    public IReadOnlyDictionary<string, string?>? LoserRow { get; init; }

    /// <summary>What the row became, where that is neither the one nor the other.</summary>
    public IReadOnlyDictionary<string, string?>? ResultRow { get; init; }

    /// <summary>When the losing row was brought back; null: it was not.</summary>
    public DateTimeOffset? Restored { get; init; }

    /// <summary>The database where it was brought back.</summary>
    public string? RestoredOn { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Table} ({string.Join(", ", Key)}): {Winner} over {Loser ?? "unknown"}";
}
