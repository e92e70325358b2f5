using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>
/// What a node has seen of a table once it has become a copy of the source's: what the source had seen, and the source itself up to its snapshot (DESIGN.md, section 5). Pure functions.
/// </summary>
/// <param name="Progress">Per origin, what has been seen.</param>
/// <param name="Deferred">The exceptions to it.</param>
/// <param name="Seen">Per origin, what the source has seen: whatever the target's log names has to be in it.</param>
/// <param name="Exceptions">The exceptions to that.</param>
sealed record CopyContext(
    IReadOnlyDictionary<int, OriginProgress> Progress, IReadOnlyList<DeferredVersion> Deferred, IReadOnlyDictionary<int, Snapshot> Seen, IReadOnlyList<DeferredVersion> Exceptions)
{
    /// <summary>The context of a table after the copy.</summary>
    /// <param name="table">The table.</param>
    /// <param name="source">The source, and what it said at the snapshot that is copied.</param>
    /// <param name="target">The target, and what it said when the table had been locked there.</param>
    /// <param name="origins">All nodes that write versions of their own; the source alone where nodes do not log what they receive.</param>
    /// <param name="starts">Per origin, where the source was registered there: it has seen so much if it knows nothing else.</param>
    /// <returns>Null: it cannot be said what the source has seen of the others.</returns>
    public static CopyContext? After(int table, (int Id, NodeState State) source, (int Id, NodeState State) target, IEnumerable<int> origins, IReadOnlyDictionary<int, Snapshot> starts)
    {
        var (from, to) = (Of(table, source.State), Of(table, target.State));
        foreach (var (origin, start) in starts) from.TryAdd(origin, new OriginProgress(start, start, null));
        var seen = from.ToDictionary(f => f.Key, f => f.Value.Seen);
        seen[source.Id] = source.State.Snapshot;
        var progress = new Dictionary<int, OriginProgress>();
        foreach (var origin in origins.Where(o => o != target.Id))
        {
            // Of a transaction that travels in steps, one node has this part and one that. It is soon over.
            if (origin != source.Id && (!from.TryGetValue(origin, out var theirs) || theirs.Part is not null || to.GetValueOrDefault(origin).Part is not null)) return null;
            // What the target has seen besides is none of this table's, or its log would name it: a context never goes back, for the others have been told of it.
            var after = to.TryGetValue(origin, out var before) ? seen[origin].Union(before.Seen) : seen[origin];
            progress[origin] = new OriginProgress(after, after, null);
        }
        var exceptions = source.State.Deferred.Where(d => d.Table == table).ToList();
        var deferred = exceptions.Concat(target.State.Deferred.Where(d => d.Table == table && !Holds(seen, d.Version))).Distinct().ToList();
        // Peers may purge what lies below the floor, so it must not pass anything that is still deferred.
        foreach (var version in deferred.Select(d => d.Version).Where(v => progress.ContainsKey(v.Origin)))
            progress[version.Origin] = progress[version.Origin] with { Floor = progress[version.Origin].Floor.CutAt(version.Xid) };
        return new CopyContext(progress, deferred, seen, exceptions);
    }

    static Dictionary<int, OriginProgress> Of(int table, NodeState state)
    {
        var context = state.Progress.ToDictionary(p => p.Key, p => p.Value);
        if (state.Held.TryGetValue(table, out var held))
            foreach (var (origin, progress) in held) context[origin] = progress;
        return context;
    }

    static bool Holds(Dictionary<int, Snapshot> seen, RowVersion version) => seen.GetValueOrDefault(version.Origin, Snapshot.Empty).Contains(version.Xid);
}
