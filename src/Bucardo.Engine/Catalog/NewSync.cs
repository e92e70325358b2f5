using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>
/// A sync to be made. Either <see cref="Herd"/> and <see cref="DatabaseGroup"/> that exist, or <see cref="Tables"/> with <see
/// cref="Sources"/> and
/// <see cref="Targets"/>: then a herd and a group named after the sync are made in the same transaction. The two ways can be mixed.
/// </summary>
public sealed record NewSync
{
    /// <summary>The sync's name: a letter, then letters, digits and underscores, at most 39 of them.</summary>
    public required string Name { get; init; }

    /// <summary>An existing herd.</summary>
    public string? Herd { get; init; }

    /// <summary>An existing database group.</summary>
    public string? DatabaseGroup { get; init; }

    /// <summary>Table patterns, as in <see cref="TableSelection.Patterns"/>, of the first source; registered if they are not yet.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Sources, the preferred one first.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Targets.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Inactive until it is activated: activation validates it and installs capture.</summary>
    public SyncStatus Status { get; init; } = SyncStatus.Inactive;

    /// <summary>Whether a change wakes the service at once.</summary>
    public bool AutoKick { get; init; } = true;

    /// <summary>Run a round at least this often; null: only when kicked.</summary>
    public TimeSpan? CheckTime { get; init; }

    /// <summary><c>bucardo_latest</c>, <c>bucardo_source</c>, <c>bucardo_skip</c>, <c>bucardo_abort</c>, or database names in order of
    /// preference. Null: the setting default_conflict_strategy.</summary>
    public string? ConflictStrategy { get; init; }

    /// <summary>Changes of one source that a round takes at most before it commits and goes on with a further step.</summary>
    public int MaximumChanges { get; init; } = 500_000;
}

/// <summary>What to change of a sync. Null leaves a value as it is.</summary>
public sealed record SyncChange
{
    /// <summary>A new name; its history follows. Only while it is inactive.</summary>
    public string? NewName { get; init; }

    /// <summary>Another herd.</summary>
    public string? Herd { get; init; }

    /// <summary>Another database group.</summary>
    public string? DatabaseGroup { get; init; }

    /// <summary>Whether a change wakes the service at once.</summary>
    public bool? AutoKick { get; init; }

    /// <summary>Run a round at least this often; zero: only when kicked.</summary>
    public TimeSpan? CheckTime { get; init; }

    /// <summary>Another conflict strategy.</summary>
    public string? ConflictStrategy { get; init; }

    /// <summary>Changes of one source that a round takes at most before it commits.</summary>
    public int? MaximumChanges { get; init; }
}
