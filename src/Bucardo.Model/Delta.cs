namespace Bucardo.Model;

/// <summary>Changes of one table that were made on one database and that another one does not have yet.</summary>
public sealed record DeltaCount
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The table: <c>schema.table</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The database where the changes were made.</summary>
    public required string Origin { get; init; }

    /// <summary>The database that does not have them yet.</summary>
    public required string Receiver { get; init; }

    /// <summary>How many change rows wait; a row that was changed twice may count twice.</summary>
    public long Rows { get; init; }

    /// <summary>When the first of them was made, by the clock of its database.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>How long it has been waiting.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Whether the receiver could not be asked, so that what it was last known to have counts: it may have more.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>Whether there are more than were counted.</summary>
    public bool IsAtLeast { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Table}, {Origin} to {Receiver}: {Rows}";
}

/// <summary>How a database is doing in a sync.</summary>
public sealed record SyncNode
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>What it does in the sync.</summary>
    public DatabaseRole Role { get; init; }

    /// <summary><c>Online</c>, <c>Away</c>, <c>Inactive</c> (left out by hand) or <c>NotPrepared</c> (the sync has never been started there).</summary>
    public required string State { get; init; }

    /// <summary>Change rows that wait for it.</summary>
    public long Pending { get; init; }

    /// <summary>How long the oldest of them has been waiting; zero: it has everything.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Whether it could not be asked, so that what it was last known to have counts.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>What is wrong with it, and the remedy.</summary>
    public string? Problem { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Problem is null ? $"{Database}: {Pending} pending" : $"{Database}: {State}";
}

/// <summary>What Clear-BucardoDelta did on one database.</summary>
public sealed record DeltaPurge
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>How many change rows went that every database of every sync on them has had.</summary>
    public long Purged { get; init; }

    /// <summary>How many pending changes this database will not get: with -Force.</summary>
    public long Forgotten { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Sync}, {Database}: {Purged} purged{(Forgotten > 0 ? $", {Forgotten} forgotten" : "")}";
}
