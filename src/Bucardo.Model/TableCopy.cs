namespace Bucardo.Model;

/// <summary>How the copy of a table ended.</summary>
public enum CopyOutcome
{
    /// <summary>The table is what it was on the source.</summary>
    Copied,

    /// <summary>There were rows, and only empty tables were asked for.</summary>
    NotEmpty,

    /// <summary>The table is as it was; <see cref="TableCopy.Problem"/> says why.</summary>
    Failed,
}

/// <summary>The copy of one table from one database to another.</summary>
public sealed record TableCopy
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The table: <c>schema.table</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The database that was copied from.</summary>
    public required string Source { get; init; }

    /// <summary>The database that was copied to.</summary>
    public required string Target { get; init; }

    /// <summary>How it ended.</summary>
    public required CopyOutcome Outcome { get; init; }

    /// <summary>Rows copied.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes that they had on their way.</summary>
    public long Bytes { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Why it failed, and what to do.</summary>
    public string? Problem { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Outcome switch
    {
        CopyOutcome.Copied => $"{Table} to {Target}: {Rows} rows",
        CopyOutcome.NotEmpty => $"{Table} to {Target}: not empty, left alone",
        _ => $"{Table} to {Target}: {Problem}",
    };
}
