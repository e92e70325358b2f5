namespace Bucardo.Model;

/// <summary>A named replication: one herd, one database group and how to go about it. A row of <c>bucardo.sync</c>.</summary>
public sealed record Sync
{
    /// <summary>Identifies it on the nodes. It is never given to another sync.</summary>
    public required int Id { get; init; }

    /// <summary>The sync's name: a letter, then letters, digits and underscores, at most 39 of them, because it is part of NOTIFY channels.</summary>
    public required string Name { get; init; }

    /// <summary>Which tables.</summary>
    public required string Herd { get; init; }

    /// <summary>Which databases, in which roles.</summary>
    public required string DatabaseGroup { get; init; }

    /// <summary>Whether the service runs it.</summary>
    public SyncStatus Status { get; init; }

    /// <summary>True while it is paused: the service runs no rounds, changes are kept.</summary>
    public bool Paused { get; init; }

    /// <summary>Why it was paused, when the service itself did it (strategy <c>bucardo_abort</c>).</summary>
    public string? PauseReason { get; init; }

    /// <summary>Whether a change wakes the service at once.</summary>
    public bool AutoKick { get; init; } = true;

    /// <summary>Run a round at least this often; null: only when kicked.</summary>
    public TimeSpan? CheckTime { get; init; }

    /// <summary><c>bucardo_latest</c>, <c>bucardo_source</c>, <c>bucardo_skip</c>, <c>bucardo_abort</c>, or database names in order of preference.</summary>
    public string ConflictStrategy { get; init; } = "bucardo_latest";

    /// <summary>Changes of one source that a round takes at most before it commits and goes on with a further step.</summary>
    public int MaximumChanges { get; init; } = 500_000;

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
