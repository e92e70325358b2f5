namespace Bucardo.Engine.Replication.Nodes;

/// <summary>A version that a node left out of what it has seen.</summary>
/// <param name="Table">Id of the table in the control database.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">The version.</param>
public readonly record struct DeferredVersion(int Table, string Key, RowVersion Version);

/// <summary>The first changes of one transaction, up to a place in the node's order of changes: how a transaction larger than a step is split.</summary>
/// <param name="Xid">The transaction.</param>
/// <param name="Sequence">The place of the last change that belongs to the part.</param>
public readonly record struct TransactionPart(ulong Xid, long Sequence)
{
    /// <summary>Whether a change belongs to the part.</summary>
    public bool Holds(ulong xid, long sequence) => xid == Xid && sequence <= Sequence;
}

/// <summary>Where a step ends: what lies below a transaction, and a part of that transaction if it is too large for one step.</summary>
public readonly record struct Cut(ulong Xid, TransactionPart? Part);

/// <summary>The timeline under which an origin's server gave the transactions that a context speaks of.</summary>
/// <param name="Number">PostgreSQL's number of it; 0 when it is not known.</param>
/// <param name="Start">Where what had been seen of the earlier timeline was cut: no transaction of this one lies below; 0 when there was no earlier one.</param>
/// <param name="Shared">Whatever was committed below it on the earlier timeline is there on this one too; 0 when that is not known.</param>
public readonly record struct OriginTimeline(int Number, ulong Start, ulong Shared);

/// <summary>How far a node is with one origin.</summary>
/// <param name="Seen">The transactions seen.</param>
/// <param name="Floor">The part of them of which everything has come: below all deferred keys, and below a backlog that travels in steps.</param>
/// <param name="Part">What has been seen of a transaction that travels in several steps.</param>
public readonly record struct OriginProgress(Snapshot Seen, Snapshot Floor, TransactionPart? Part)
{
    /// <summary>The origin's timeline when this was recorded.</summary>
    public OriginTimeline Timeline { get; init; }

    /// <summary>Whether the origin is still to send something of what counts as seen, because its backlog travels in steps.</summary>
    public bool IsIncomplete { get; init; }

    /// <summary>When <see cref="Seen"/> changed last, by the receiver's clock.</summary>
    public DateTime Moved { get; init; }
}

/// <summary>How far a node was at an earlier time: after the last of its rounds that a part of its log holds.</summary>
/// <param name="Progress">Per origin, how far it was.</param>
/// <param name="Deferred">The exceptions to that.</param>
public sealed record PastProgress(IReadOnlyDictionary<int, OriginProgress> Progress, IReadOnlyList<DeferredVersion> Deferred)
{
    /// <summary>Nothing is known of that time.</summary>
    public static PastProgress Unknown { get; } = new(new Dictionary<int, OriginProgress>(), []);
}
