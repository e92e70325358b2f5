namespace Bucardo.Engine.Replication.Nodes;

/// <summary>How far a step reaches, which decides whether a row that is missing is really gone.</summary>
/// <param name="Cut">Ids of the nodes of which it reads a part of their backlog only.</param>
/// <param name="Absent">Ids of the nodes that take no part.</param>
/// <param name="Unsettled">Ids of the tables with rows that another node settles in this step.</param>
public sealed record StepReach(IReadOnlyCollection<int> Cut, IReadOnlyCollection<int> Absent, IReadOnlyCollection<int> Unsettled);

/// <summary>What others have seen of a node, and how much of it the step reads: the bounds of every query for changes.</summary>
/// <param name="Seen">What the receivers have seen of the node.</param>
/// <param name="Read">What the step reads.</param>
/// <param name="SeenVersions">Per origin, what the receivers have seen: the node need not tell them, though it may have logged it anew.</param>
/// <param name="IsCut">Whether <paramref name="Read"/> is only a part of the node's snapshot: the first part of a large backlog.</param>
/// <param name="Skip">The part of a large transaction that all receivers have seen already.</param>
/// <param name="Part">The part of a large transaction that the step reads besides <paramref name="Read"/>.</param>
public sealed record Window(
    Snapshot Seen, Snapshot Read, IReadOnlyDictionary<int, Snapshot> SeenVersions, bool IsCut = false, TransactionPart? Skip = null, TransactionPart? Part = null)
{
    /// <summary>The tables to look at; null: all.</summary>
    public IReadOnlySet<int>? Tables { get; init; }

    /// <summary>Whether its bounds are parameters of the statements that look for changes, not literals.</summary>
    internal bool HasParameters { get; init; }

    /// <summary>Whether a change lies outside what the receivers have seen.</summary>
    public bool IsNew(ulong xid, long sequence) => !Seen.Contains(xid) && !(Skip is { } skip && skip.Holds(xid, sequence));

    /// <summary>Whether a change lies in the window.</summary>
    public bool Holds(ulong xid, long sequence) => IsNew(xid, sequence) && !IsBehind(xid, sequence);

    /// <summary>
    /// Whether a change lies behind the cut. What changed there again is left to the step that reads that change: the row that travels is the present one, and a receiver would have a version
    /// without having seen it, and what it was made on.
    /// </summary>
    public bool IsBehind(ulong xid, long sequence) => !Read.Contains(xid) && !(Part is { } part && part.Holds(xid, sequence));
}
