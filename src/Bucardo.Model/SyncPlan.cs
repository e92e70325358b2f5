namespace Bucardo.Model;

/// <summary>What the next round of a sync would do, as its databases are now.</summary>
public sealed record SyncPlan
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The databases that would take part.</summary>
    public IReadOnlyList<string> Databases { get; init => field = value.ToArray(); } = [];

    /// <summary>The rows that would move, per table and pair of databases.</summary>
    public IReadOnlyList<PlannedMove> Moves { get; init => field = value.ToArray(); } = [];

    /// <summary>The rows in conflict, and who would win.</summary>
    public IReadOnlyList<PlannedConflict> Conflicts { get; init => field = value.ToArray(); } = [];

    /// <summary>The sequences that would be moved on.</summary>
    public IReadOnlyList<PlannedSequence> Sequences { get; init => field = value.ToArray(); } = [];

    /// <summary>How many rows would move, over all databases that receive.</summary>
    public long Rows => Moves.Sum(m => m.Rows);

    /// <summary>Whether this is the first step only of a backlog that the round works off in several.</summary>
    public bool IsFirstStep { get; init; }

    /// <summary>Databases that could not take part, and tables that would be left out, with the reason.</summary>
    public IReadOnlyList<Problem> Problems { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Sync}: {Rows} rows, {Conflicts.Count} conflicts";
}

/// <summary>Rows of one table that a round would take from one database to another.</summary>
public sealed record PlannedMove
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The table: <c>schema.table</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The database that sends.</summary>
    public required string From { get; init; }

    /// <summary>The database that receives.</summary>
    public required string To { get; init; }

    /// <summary>How many rows; deletions count.</summary>
    public long Rows { get; init; }

    /// <summary>Whether the table would be emptied first.</summary>
    public bool Truncate { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Table}, {From} to {To}: {Rows}";
}

/// <summary>A sequence that a round would move on, so that a value is not handed out twice.</summary>
public sealed record PlannedSequence
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The sequence: <c>schema.sequence</c>.</summary>
    public required string Sequence { get; init; }

    /// <summary>The database that is furthest.</summary>
    public required string From { get; init; }

    /// <summary>The database where it would be moved.</summary>
    public required string To { get; init; }

    /// <summary>The last value that was handed out there; null: none yet.</summary>
    public long? Last { get; init; }

    /// <summary>The value that must not be handed out there any more.</summary>
    public long Target { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Sequence}, {From} to {To}: {(Last is { } last ? $"from {last} to {Target}" : $"to {Target}")}";
}

/// <summary>A row in conflict, and how it would be decided.</summary>
public sealed record PlannedConflict
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The table: <c>schema.table</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The row's key, column by column as text.</summary>
    public required IReadOnlyList<string> Key { get; init => field = value.ToArray(); }

    /// <summary>The strategy that would decide.</summary>
    public required string Strategy { get; init; }

    /// <summary><c>Winner</c>, <c>Merged</c>, <c>Skipped</c> (it stays as it is everywhere), <c>Aborted</c> (the round would fail and the sync be paused) or <c>Postponed</c> (a later step decides).</summary>
    public required string Outcome { get; init; }

    /// <summary>The database whose version would win; null: nobody's.</summary>
    public string? Winner { get; init; }

    /// <summary>When that version was written.</summary>
    public DateTimeOffset? WinnerTime { get; init; }

    /// <summary>The databases whose versions would lose.</summary>
    public IReadOnlyList<string> Losers { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Table} ({string.Join(", ", Key)}): {(Winner is null ? Outcome : $"{Winner} over {string.Join(", ", Losers)}")}";
}
