namespace Bucardo.Model;

/// <summary>A conflict as custom code is asked about it.</summary>
public sealed record ConflictQuestion
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The table: <c>schema.table</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The row's key, column by column as text.</summary>
    public required IReadOnlyDictionary<string, string?> Key { get; init; }

    /// <summary>The versions of the row, none of which was made in knowledge of another; the latest first.</summary>
    public required IReadOnlyList<ConflictVersion> Versions { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Table} ({string.Join(", ", Key.Values)}): {string.Join(" or ", Versions)}";
}

/// <summary>One of the versions.</summary>
public sealed record ConflictVersion
{
    /// <summary>The database where it was written.</summary>
    public required string Database { get; init; }

    /// <summary>When, by the clock of that database.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether the row was deleted.</summary>
    public bool IsDeleted => Row is null;

    /// <summary>The row, column by column as PostgreSQL writes it as text; null where it was deleted.</summary>
    public IReadOnlyDictionary<string, string?>? Row { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Database;
}
