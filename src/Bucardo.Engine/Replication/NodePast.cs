using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>
/// Whether every node's past is still the one that the others know: a promoted standby is taken note of, a node that went back in time is refused.
/// </summary>
/// <param name="settings">The sync.</param>
/// <param name="nodes">The nodes that are online.</param>
/// <param name="onNode">Runs something on a node between its fault points.</param>
sealed class NodePast(RoundSettings settings, IReadOnlyList<IRoundNode> nodes, Func<IRoundNode, string, Func<Task<bool>>, Task<bool>> onNode)
{
    // For clocks that differ. What is sent again for it is what the receivers have already.
    static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where an origin goes on under another timeline than the one that a node's context speaks of, cuts the context there. True when something was written, so that
    /// the states have to be read again.
    /// </summary>
    public async Task<bool> AdoptTimelinesAsync(IReadOnlyDictionary<int, NodeState> states, CancellationToken cancellation)
    {
        var any = false;
        foreach (var receiver in nodes)
        {
            var adopted = 0;
            foreach (var (origin, progress) in states[receiver.Id].Progress)
            {
                if (progress.Timeline == 0 || await StartOfNewTimelineAsync(receiver, origin, progress, states, cancellation) is not { } found) continue;
                var cut = progress with
                {
                    Seen = progress.Seen.CutAt(found.Start), Floor = progress.Floor.CutAt(found.Start), Part = null, Timeline = found.Timeline, TimelineStart = found.Start,
                };
                // Each of them counts as a round there.
                var round = states[receiver.Id].Round + adopted;
                await onNode(receiver, "adopt", async () =>
                {
                    await receiver.AdoptTimelineAsync(round, origin, cut, await KnownAsync(receiver, origin, found, cancellation), cancellation);
                    return true;
                });
                adopted++;
            }
            any |= adopted > 0;
        }
        return any;
    }

    // The cut lies a little too early, to be safe: what the receiver has from behind it, and the new primary has as well, is no loss. It must keep its name, or it would be in
    // conflict with what the new primary made of it.
    static async Task<IReadOnlyCollection<ChangeMark>> KnownAsync(IRoundNode receiver, int origin, (int Timeline, ulong Start, IRoundNode Witness) found, CancellationToken cancellation)
    {
        var logged = await receiver.FindLoggedSinceAsync(origin, found.Start, cancellation);
        if (logged.Count == 0) return logged;
        try
        {
            return await found.Witness.FindSameAsync(origin, logged, cancellation);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or IOException)
        {
            // Or the receiver would be taken for the one that was lost.
            throw new NodeFailedException(found.Witness.Name, e);
        }
    }

    // Where the context is cut, and who knows what is behind that.
    async Task<(int Timeline, ulong Start, IRoundNode Witness)?> StartOfNewTimelineAsync(
        IRoundNode receiver, int origin, OriginProgress progress, IReadOnlyDictionary<int, NodeState> states, CancellationToken cancellation)
    {
        if (nodes.FirstOrDefault(n => n.Id == origin) is { } node)
        {
            var state = states[origin];
            if (state.Timeline == 0 || state.Timeline == progress.Timeline) return null;
            // What the receiver saw before it was there on the earlier timeline; what was written after the switch came later than both times.
            var since = (state.ReplayedUntil is { } replayed && replayed < progress.Moved ? replayed : progress.Moved) - s_margin;
            ulong start = 0;
            await onNode(node, "switch", async () =>
            {
                start = Math.Min(await node.FindFirstSinceAsync(since, cancellation) ?? ulong.MaxValue, state.Snapshot.Xmax);
                return true;
            });
            // What the node had on record as acknowledged, it had before the switch.
            return (state.Timeline, Math.Max(start, state.Acknowledged.GetValueOrDefault(receiver.Id)?.Xmax ?? 0), node);
        }
        if (!settings.EveryNodeLogs) return null;
        // The origin is away, and somebody else passes on what it wrote after the switch.
        var newest = nodes.Select(n => (Node: n, Progress: states[n.Id].Progress.GetValueOrDefault(origin))).Where(p => p.Progress.Timeline > progress.Timeline).OrderByDescending(p => p.Progress.Timeline).FirstOrDefault();
        return newest.Node is null ? null : (newest.Progress.Timeline, newest.Progress.TimelineStart, newest.Node);
    }

    /// <summary>Per origin, the timeline that the contexts speak of after a step, and where it began.</summary>
    public static IReadOnlyDictionary<int, (int Timeline, ulong Start)> Timelines(IReadOnlyDictionary<int, NodeState> states, bool everyNodeLogs)
    {
        var passedOn = everyNodeLogs ? states.Values.SelectMany(s => s.Progress).ToLookup(p => p.Key, p => (p.Value.Timeline, p.Value.TimelineStart)) : null;
        return (passedOn?.Select(p => p.Key) ?? []).Union(states.Keys).ToDictionary(o => o, o =>
        {
            var known = passedOn?[o].DefaultIfEmpty().MaxBy(p => p.Timeline) ?? default;
            return states.TryGetValue(o, out var state) && state.Timeline != 0 ? (state.Timeline, state.Timeline == known.Timeline ? known.TimelineStart : 0) : known;
        });
    }

    /// <summary>Refuses a node that went back in time.</summary>
    /// <exception cref="NodeFailedException">Names it, and says what to do.</exception>
    public void Check(IReadOnlyDictionary<int, NodeState> states, IReadOnlyDictionary<int, NodeKnowledge> knowledge)
    {
        foreach (var node in nodes)
        {
            foreach (var peer in nodes.Where(p => p.Id != node.Id))
            {
                var (mine, theirs) = (states[node.Id], states[peer.Id]);
                // What a peer has seen cannot lie ahead of the node itself.
                var seen = knowledge[peer.Id].Of(node.Id).Xmax;
                if (seen > mine.Snapshot.Xmax)
                    throw WentBack(node, $"{peer.Name} has seen its transaction {seen - 1}, which it does not know any more");
                if (!peer.HasChanges) continue;
                // What a peer has not confirmed itself is where it was registered, and it starts there.
                if (!theirs.Confirmed.Contains(node.Id)) continue;
                if (mine.Round == 0) throw WentBack(node, $"it does not know of any round, and {peer.Name} knows what it had seen");
                // Nor can the peer have let go what the node has not seen yet.
                var floor = mine.Progress.TryGetValue(peer.Id, out var progress) ? progress.Floor : theirs.Acknowledged[node.Id];
                if (floor.Xmin < theirs.Purged)
                    throw WentBack(node, $"it has changes of {peer.Name} only up to transaction {floor.Xmin - 1}, and {peer.Name}, to which it had said that it has more, keeps them only from {theirs.Purged} on");
                // On another timeline it is a promoted standby: whatever it is behind, it gets, for nothing has been purged.
                var isSameServer = mine.Timeline != 0 && mine.Timeline == mine.LastTimeline;
                var acknowledged = theirs.Acknowledged[node.Id].Xmax;
                if (isSameServer && acknowledged > knowledge[node.Id].Of(peer.Id).Xmax)
                    throw WentBack(node, $"it had told {peer.Name} that it has its transaction {acknowledged - 1}, and does not know that any more");
            }
        }
    }

    static NodeFailedException WentBack(IRoundNode node, string reason) => new(node.Name, new BucardoException("NodeWentBack", ErrorKind.InvalidOperation,
        $"Database {node.Name} has gone back in time: {reason}. It was probably restored from a backup: remove it from its group, copy the data from another node, and add it again (docs/operations.md)."));
}
