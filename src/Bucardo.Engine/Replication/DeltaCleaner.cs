using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>Clears what the nodes of a sync keep for each other.</summary>
/// <param name="look">The nodes, with sessions that may write.</param>
public sealed class DeltaCleaner(SyncLook look)
{
    /// <summary>Tells each node what its peers say they have seen, and purges what all of them have. Per node, how many change rows went.</summary>
    public async Task<IReadOnlyDictionary<string, long>> PurgeAsync(CancellationToken cancellation)
    {
        var purged = new Dictionary<string, long>();
        foreach (var node in look.Nodes) purged[node.Name] = await node.MaintainAsync([.. look.Nodes.Where(n => n != node)], cancellation);
        return purged;
    }

    /// <summary>
    /// Has every node say that it has seen all that the others have: what is pending between them is never sent. As in a round, each node notes it in one transaction, under the number of the
    /// round, so whoever plans one at the same moment is refused. The rows stay as they are; where they differ, they differ until they are changed again.
    /// </summary>
    public async Task ForgetAsync(CancellationToken cancellation)
    {
        var states = await look.BeginAsync(cancellation);
        await look.EndAsync();
        try
        {
            foreach (var node in look.Nodes) await ForgetAsync(node, states, cancellation);
        }
        finally
        {
            foreach (var node in look.Nodes) await node.RollbackAsync();
        }
    }

    static async Task ForgetAsync(PgRoundNode node, IReadOnlyDictionary<int, NodeState> states, CancellationToken cancellation)
    {
        var own = states[node.Id];
        // Of an origin that is away, what any of the others has of it.
        var origins = states.Keys.Concat(states.Values.SelectMany(s => s.Progress.Keys)).Where(o => o != node.Id).Distinct();
        var progress = origins.ToDictionary(o => o, o =>
        {
            var before = states.Values.Select(s => s.Progress.GetValueOrDefault(o)).Where(p => p.Seen is not null).ToList();
            if (states.TryGetValue(o, out var origin)) return new OriginProgress(origin.Snapshot, origin.Snapshot, null) { Timeline = own.Progress.GetValueOrDefault(o).Timeline with { Number = origin.Timeline } };
            var seen = before.Select(p => p.Seen).Aggregate((a, b) => a.Union(b));
            return before.MaxBy(p => p.Timeline.Number) with { Seen = seen, Floor = seen, Part = null };
        });
        await node.BeginApplyAsync(new StepOpening(own.Round, states.Values.Max(s => s.Clock)), cancellation);
        await node.RecordAsync(progress, [], deferredChanged: true, cancellation);
        foreach (var table in own.Held.Keys) await node.RecordLaneAsync(table, progress, [], deferredChanged: false, cancellation);
        await node.CommitAsync(cancellation);
    }
}
