using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Which conflicts to list; newest first. What is null does not restrict. Texts take wildcards, but for the key's.</summary>
public sealed record ConflictFilter
{
    /// <summary>Only the conflict with this number.</summary>
    public long? Id { get; init; }

    /// <summary>Name of the sync. Conflicts of removed syncs keep its name.</summary>
    public string? Sync { get; init; }

    /// <summary>The table, with or without its schema.</summary>
    public string? Table { get; init; }

    /// <summary>Key of the row that lost, column by column.</summary>
    public IReadOnlyList<string>? Key { get; init; }

    /// <summary>The database whose version won.</summary>
    public string? Winner { get; init; }

    /// <summary>The database whose version lost.</summary>
    public string? Loser { get; init; }

    /// <summary>What it was about.</summary>
    public ConflictKind? Kind { get; init; }

    /// <summary>The strategy that decided.</summary>
    public string? Strategy { get; init; }

    /// <summary>Only conflicts decided at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only conflicts decided before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>At most so many, the newest ones.</summary>
    public int? First { get; init; }
}
