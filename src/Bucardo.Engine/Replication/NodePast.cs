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
                if (progress.Timeline.Number == 0 || await FindNewTimelineAsync(receiver, origin, progress, states, cancellation) is not { } found) continue;
                // Each of them counts as a round there.
                var round = states[receiver.Id].Round + adopted;
                await onNode(receiver, "adopt", async () =>
                {
                    var known = await FindKnownAsync(receiver, origin, found.Timeline.Shared, found.Witness, cancellation);
                    // The receiver saw them on the earlier timeline and the origin has them on this one: they were before the switch. Unless it has got some in another sync, that went ahead.
                    var isAlone = known.Count == 0 || !await receiver.IsTimelineTakenElsewhereAsync(origin, progress.Timeline.Number, cancellation);
                    var timeline = isAlone ? found.Timeline with { Start = known.Select(k => k.Xid + 1).Append(found.Timeline.Start).Max() } : found.Timeline;
                    var cut = progress with
                    {
                        Seen = progress.Seen.CutAt(timeline.Start),
                        Floor = progress.Floor.CutAt(timeline.Start),
                        Part = null,
                        Timeline = timeline,
                        // Of a row that had to be left out it was the latest version then: if the origin has lost that one, what it was before has not been seen either.
                        IsIncomplete = progress.IsIncomplete || !progress.Floor.Equals(progress.Seen),
                    };
                    await receiver.AdoptTimelineAsync(round, origin, cut, known, cancellation);
                    return true;
                });
                adopted++;
            }
            any |= adopted > 0;
        }
        return any;
    }

    // What the receiver has and the new primary has as well is no loss. It must keep its name, or it would be in conflict with what the new primary made of it.
    async Task<IReadOnlyCollection<ChangeMark>> FindKnownAsync(IRoundNode receiver, int origin, ulong shared, IRoundNode witness, CancellationToken cancellation)
    {
        var logged = await receiver.FindLoggedSinceAsync(origin, shared, cancellation);
        if (logged.Count == 0) return logged;
        IReadOnlyCollection<ChangeMark> known = [];
        await onNode(witness, "switch", async () =>
        {
            known = await witness.FindSameAsync(origin, logged, cancellation);
            return true;
        });
        return known;
    }

    // Under which timeline an origin goes on, if it is another one, and who knows what it has.
    async Task<(OriginTimeline Timeline, IRoundNode Witness)?> FindNewTimelineAsync(
        IRoundNode receiver, int origin, OriginProgress progress, IReadOnlyDictionary<int, NodeState> states, CancellationToken cancellation)
    {
        if (nodes.FirstOrDefault(n => n.Id == origin) is { } node)
        {
            var state = states[origin];
            if (state.Timeline == 0 || state.Timeline == progress.Timeline.Number) return null;
            // What the node has on record as acknowledged by this receiver it had before the switch, for nothing is acknowledged across timelines.
            var acknowledged = state.Acknowledged.GetValueOrDefault(receiver.Id) ?? Snapshot.Empty;
            var start = settings.EveryNodeLogs ? acknowledged.Xmax : Math.Max(acknowledged.Xmax, await FindFirstAfterSwitchAsync(node, state, progress, cancellation));
            return (new(state.Timeline, start, acknowledged.Xmin), node);
        }
        if (!settings.EveryNodeLogs) return null;
        // The origin is away, and somebody else passes on what it wrote after the switch.
        var witness = nodes.MaxBy(n => TimelineAt(n).Number)!;
        var newest = TimelineAt(witness);
        if (newest.Number <= progress.Timeline.Number) return null;
        return (newest with { Shared = newest.Shared != 0 ? newest.Shared : newest.Start }, witness);

        OriginTimeline TimelineAt(IRoundNode n) => states[n.Id].Progress.GetValueOrDefault(origin).Timeline;
    }

    // Where receivers log nothing, only times tell: what a receiver saw before was there on the earlier timeline; what was written after the switch came later than both.
    async Task<ulong> FindFirstAfterSwitchAsync(IRoundNode node, NodeState state, OriginProgress progress, CancellationToken cancellation)
    {
        var since = (state.ReplayedUntil is { } replayed && replayed < progress.Moved ? replayed : progress.Moved) - s_margin;
        // Whatever is open now was begun after the switch.
        var first = state.Snapshot.Xmin;
        await onNode(node, "switch", async () =>
        {
            first = Math.Min(await node.FindFirstSinceAsync(since, cancellation) ?? ulong.MaxValue, first);
            return true;
        });
        return first;
    }

    /// <summary>Per origin, the timeline that the contexts speak of after a step.</summary>
    public static IReadOnlyDictionary<int, OriginTimeline> Timelines(IReadOnlyDictionary<int, NodeState> states, bool everyNodeLogs)
    {
        var passedOn = everyNodeLogs ? states.Values.SelectMany(s => s.Progress).ToLookup(p => p.Key, p => p.Value.Timeline) : null;
        return (passedOn?.Select(p => p.Key) ?? []).Union(states.Keys).ToDictionary(o => o, o =>
        {
            var known = passedOn?[o].DefaultIfEmpty().MaxBy(p => p.Number) ?? default;
            return states.TryGetValue(o, out var state) && state.Timeline != 0 && state.Timeline != known.Number ? new(state.Timeline, 0, 0) : known;
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
