namespace Bucardo.Engine.Replication.Decisions;

/// <summary>
/// What a node has seen: per origin, the set of the origin's transactions (its context), less the versions that it had to leave out
/// (deferred keys). Its own context is its own snapshot: a node has seen whatever it wrote.
/// </summary>
public sealed class NodeKnowledge
{
    readonly IReadOnlyDictionary<int, Snapshot> _context;

    /// <summary>Creates the knowledge of one node.</summary>
    public NodeKnowledge(int node, IReadOnlyDictionary<int, Snapshot> context) => (Node, _context) = (node, context);

    /// <summary>Id of the node.</summary>
    public int Node { get; }

    /// <summary>Per origin, the transactions seen.</summary>
    public IReadOnlyDictionary<int, Snapshot> Context => _context;

    /// <summary>The transactions of one origin that the node has seen.</summary>
    public Snapshot Of(int origin) => _context.GetValueOrDefault(origin, Snapshot.Empty);

    /// <summary>
    /// Whether the context covers a version. An origin outside the sync (the version came in by a cascade) has no context of its own here:
    /// then the transaction that brought it to its holder counts.
    /// </summary>
    public bool Covers(RowVersion version, int holder, ulong localXid) =>
        _context.TryGetValue(version.Origin, out var seen) ? seen.Contains(version.Xid) : Of(holder).Contains(localXid);
}
