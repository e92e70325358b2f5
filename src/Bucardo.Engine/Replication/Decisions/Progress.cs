using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>How far the contexts move in a round. Pure functions.</summary>
public static class Progress
{
    /// <summary>
    /// The context of a receiver after the round: for every origin that took part, what was read of it; and, where all nodes log what they
    /// receive, what the other participants had seen too, for they delivered all of it.
    /// </summary>
    /// <param name="receiver">The receiver's knowledge before.</param>
    /// <param name="participants">All online nodes.</param>
    /// <param name="read">Per online node, the part of its snapshot that this step has read.</param>
    /// <param name="everyNodeLogs">Whether all nodes log what they receive.</param>
    public static Dictionary<int, Snapshot> After(
        NodeKnowledge receiver, IReadOnlyCollection<NodeKnowledge> participants, IReadOnlyDictionary<int, Snapshot> read, bool everyNodeLogs)
    {
        var after = receiver.Context.ToDictionary(p => p.Key, p => p.Value);
        foreach (var participant in participants)
        {
            if (participant.Node == receiver.Node) continue;
            Add(participant.Node, read[participant.Node]);
            // A step that read only a part of a node's log has not delivered all that the node has seen.
            if (!everyNodeLogs || !read[participant.Node].Equals(participant.Of(participant.Node))) continue;
            foreach (var (origin, seen) in participant.Context)
                if (origin != receiver.Node && origin != participant.Node) Add(origin, seen);
        }
        after.Remove(receiver.Node);
        return after;

        void Add(int origin, Snapshot seen) => after[origin] = after.TryGetValue(origin, out var before) ? before.Union(seen) : seen;
    }

    /// <summary>What every receiver of a node's changes has seen of it: only what lies outside needs to be collected.</summary>
    public static Snapshot SeenByAll(int origin, IEnumerable<NodeKnowledge> receivers)
    {
        Snapshot? common = null;
        foreach (var receiver in receivers) common = common is null ? receiver.Of(origin) : common.Intersect(receiver.Of(origin));
        return common ?? Snapshot.Empty;
    }

    /// <summary>The part of a large transaction that all receivers have seen; null where they are not at the same one.</summary>
    public static TransactionPart? SeenByAll(IEnumerable<TransactionPart?> parts)
    {
        var all = parts.ToList();
        return all.Count > 0 && all.All(p => p?.Xid == all[0]?.Xid) ? all.MinBy(p => p?.Sequence) : null;
    }

    /// <summary>
    /// Versions that stay outside what a node has seen although its context covers them. Exceptions travel with the context: what a
    /// participant's context covered only by exception, and nobody in the round has seen or holds, the receiver has not seen either. If somebody changed the key
    /// on the node after the round's snapshot, or it has to be settled (<paramref name="moved"/>), then what the round would have brought is left out as well, and so is the TRUNCATE
    /// that the node has carried out (<paramref name="truncation"/>) but for that key.
    /// </summary>
    public static HashSet<RowVersion> Exceptions(string key, NodeTableFacts receiver, IReadOnlyList<NodeTableFacts> participants, bool moved, RowVersion? truncation = null)
    {
        var exceptions = new HashSet<RowVersion>();
        foreach (var version in participants.Where(p => p.Deferred.ContainsKey(key)).SelectMany(p => p.Deferred[key]).Distinct())
        {
            if (!participants.Any(p => p.HasSeen(key, version, version.Origin, version.Xid))) exceptions.Add(version);
        }
        if (!moved) return exceptions;
        if (receiver.Deferred.TryGetValue(key, out var before)) exceptions.UnionWith(before);
        foreach (var participant in participants)
            if (participant.HeldOf(key) is { } held && !receiver.HasSeen(key, held.Version, participant.Knowledge.Node, held.LocalXid)) exceptions.Add(held.Version);
        if (truncation is { } emptying) exceptions.Add(emptying);
        return exceptions;
    }
}
