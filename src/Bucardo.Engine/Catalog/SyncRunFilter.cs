using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Which runs to list; newest first. What is null does not restrict.</summary>
public sealed record SyncRunFilter
{
    /// <summary>Name of the sync, wildcards allowed. Runs of removed syncs keep their name.</summary>
    public string? Sync { get; init; }

    /// <summary>Only runs that ended so.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>Only runs that started at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only the run with this number.</summary>
    public long? Id { get; init; }

    /// <summary>At most so many runs, the newest ones.</summary>
    public int? Last { get; init; }
}
