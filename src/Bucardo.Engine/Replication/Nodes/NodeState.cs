namespace Bucardo.Engine.Replication.Nodes;

/// <summary>What a node says of itself at the start of a round, all in one snapshot.</summary>
/// <param name="Snapshot">Its snapshot: what the round reads of it.</param>
/// <param name="Round">How many rounds of the sync have been applied there.</param>
/// <param name="Progress">Per origin, how far the node is.</param>
/// <param name="Acknowledged">Per peer, what it is known to have seen of this node; a peer without progress of its own starts there.</param>
/// <param name="Deferred">The exceptions to what has been seen.</param>
/// <param name="Clock">The time by which the node dates changes: nothing that the snapshot holds is dated after it.</param>
public sealed record NodeState(
    Snapshot Snapshot,
    long Round,
    IReadOnlyDictionary<int, OriginProgress> Progress,
    IReadOnlyDictionary<int, Snapshot> Acknowledged,
    IReadOnlyList<DeferredVersion> Deferred,
    DateTime Clock)
{
    /// <summary>The timeline that the server writes; 0 when it is not known. Another one than before: a standby was promoted, or a backup recovered.</summary>
    public int Timeline { get; init; }

    /// <summary>The timeline when the last round was applied there; 0 when it is not known.</summary>
    public int LastTimeline { get; init; }

    /// <summary>After a promotion: when the last transaction that the standby had replayed was committed.</summary>
    public DateTime? ReplayedUntil { get; init; }

    /// <summary>Per table that goes a way of its own and per origin, how far the node is; empty where all tables go together.</summary>
    public IReadOnlyDictionary<int, IReadOnlyDictionary<int, OriginProgress>> Held { get; init; } = new Dictionary<int, IReadOnlyDictionary<int, OriginProgress>>();

    /// <summary>Peers that have themselves said what they have seen of the node.</summary>
    public IReadOnlySet<int> Confirmed { get; init; } = new HashSet<int>();

    /// <summary>Peers that came when the sync had been started on the node before.</summary>
    public IReadOnlySet<int> Joined { get; init; } = new HashSet<int>();

    /// <summary>Whether all tables of the node have got their data, as far as it joined.</summary>
    public bool IsFilled { get; init; } = true;

    /// <summary>Changes below this transaction may have been purged; 0: none.</summary>
    public ulong Purged { get; init; }

    /// <summary>Whether rows are to be looked at whose parent may have gone.</summary>
    public bool HasSuspects { get; init; }

    /// <summary>The place in the server's write-ahead log before which everything lies that the snapshot holds, where some of that may still be lost in a crash; null: nothing may.</summary>
    public string? Unflushed { get; init; }

    /// <summary>Whether somebody is copying tables to the node: no round writes there meanwhile.</summary>
    public bool IsBeingCopied { get; init; }
}
