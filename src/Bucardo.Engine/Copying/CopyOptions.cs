using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Copying;

/// <summary>What a copy is to do.</summary>
public sealed record CopyOptions
{
    /// <summary>Ids of the tables; null: all of the sync.</summary>
    public IReadOnlyCollection<int>? Tables { get; init; }

    /// <summary>Leave tables alone that have rows on the target: so a copy that broke off goes on where it was.</summary>
    public bool OnlyIfEmpty { get; init; }

    /// <summary>Empty the target's tables by TRUNCATE instead of DELETE: faster, and readers wait until the table is there again.</summary>
    public bool Truncate { get; init; }

    /// <summary>How many tables are copied at once. Each takes two connections to either database.</summary>
    public int Parallel { get; init; } = 2;

    /// <summary>Fault points, for tests.</summary>
    public IFaultPoints Faults { get; init; } = NoFaults.Instance;
}
