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
    /// <param name="handedOn">Per participant, what it had seen of all others when it had the part of its log that is read; empty where nodes do not log what they receive.</param>
    public static Dictionary<int, Snapshot> After(
        NodeKnowledge receiver, IReadOnlyCollection<NodeKnowledge> participants, IReadOnlyDictionary<int, Snapshot> read, IReadOnlyDictionary<int, IReadOnlyDictionary<int, Snapshot>> handedOn)
    {
        var after = receiver.Context.ToDictionary(p => p.Key, p => p.Value);
        foreach (var participant in participants)
        {
            if (participant.Node == receiver.Node) continue;
            Add(participant.Node, read[participant.Node]);
            foreach (var (origin, seen) in handedOn.GetValueOrDefault(participant.Node) ?? new Dictionary<int, Snapshot>())
                // Of a database that has left, nobody takes over what he does not know any more: it is about to come back, and what was seen of its earlier life says nothing of the new one.
                if (origin != receiver.Node && origin != participant.Node && receiver.Context.ContainsKey(origin)) Add(origin, seen);
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

    /// <summary>The part of a large transaction of an origin that all receivers have seen who have not seen all of it; of several such transactions, the first. Null: there is none.</summary>
    public static TransactionPart? SeenByAll(IEnumerable<(Snapshot Seen, TransactionPart? Part)> receivers)
    {
        var all = receivers.ToList();
        return all.Select(r => r.Part).OfType<TransactionPart>()
            .Where(p => all.All(r => r.Seen.Contains(p.Xid) || r.Part?.Xid == p.Xid) && !all.All(r => r.Seen.Contains(p.Xid)))
            .OrderBy(p => p.Xid).ThenBy(p => p.Sequence).Select(p => (TransactionPart?)p).FirstOrDefault();
    }

    /// <summary>
    /// The transaction of an origin of which a receiver has a part only: the part that was read now or before, or that somebody has who has handed on what had come of it. Null when all of it is
    /// in the context.
    /// </summary>
    /// <param name="after">What the receiver will have seen of the origin.</param>
    /// <param name="read">The part of a transaction that the step has read of the origin.</param>
    /// <param name="before">The receiver's part before.</param>
    /// <param name="handedOn">The parts of the others. The receiver got what came of them, and its log says which rows that is.</param>
    public static TransactionPart? PartAfter(Snapshot after, TransactionPart? read, TransactionPart? before, IEnumerable<TransactionPart?> handedOn)
    {
        var others = handedOn.OfType<TransactionPart>().Select(p => (TransactionPart?)new TransactionPart(p.Xid, 0));
        return others.Prepend(before).Prepend(read).FirstOrDefault(p => p is { } part && !after.Contains(part.Xid));
    }

    /// <summary>
    /// Versions that stay outside what a node has seen although its context covers them. Exceptions travel with the context: what a
    /// participant's context covered only by exception, and nobody in the round has seen or holds, the receiver has not seen either. If somebody changed the key
    /// on the node after the round's snapshot, or it has to be settled (<paramref name="moved"/>), then what the round would have brought is left out as well, and so is the TRUNCATE
    /// that the node has carried out (<paramref name="truncation"/>) but for that key. A version of a node that has left, which none of those that are left
    /// (<paramref name="members"/>) has seen, is no exception any more once all of them are here: nobody will ever come with it.
    /// </summary>
    public static HashSet<RowVersion> Exceptions(
        string key, NodeTableFacts receiver, IReadOnlyList<NodeTableFacts> participants, IReadOnlyCollection<int> members, bool moved, RowVersion? truncation = null)
    {
        var exceptions = new HashSet<RowVersion>();
        foreach (var version in participants.Where(p => p.Deferred.ContainsKey(key)).SelectMany(p => p.Deferred[key]).Distinct())
        {
            var isSeen = participants.Any(p => p.HasSeen(key, version, version.Origin, version.Xid));
            var isLost = !isSeen && !members.Contains(version.Origin) && participants.Count == members.Count;
            if (!isLost && (!isSeen || (moved && NodeTableFacts.Contains(receiver.Deferred, key, version)))) exceptions.Add(version);
        }
        if (!moved) return exceptions;
        foreach (var participant in participants)
            if (participant.HeldOf(key) is { } held && !receiver.HasSeen(key, held.Version, participant.Knowledge.Node, held.LocalXid)) exceptions.Add(held.Version);
        if (truncation is { } emptying) exceptions.Add(emptying);
        return exceptions;
    }
}
