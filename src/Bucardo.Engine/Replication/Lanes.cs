using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>Some table has a context of its own: the step has to go by lanes.</summary>
sealed class LanesNeededException() : Exception("A table has a context of its own.");

/// <summary>
/// A step in which some tables go a way of their own. A table that cannot be replicated (its columns differ between the nodes, say) is left out; so that the others can go on,
/// each node keeps that table's context as it was (<c>bucardo_node.held</c>) in the same transaction that first moves progress without it. When the table can be replicated again,
/// it is brought level in a lane of its own: from the same snapshots as the others, with the context that was kept, in a transaction of its own that follows theirs. When both
/// contexts are the same, the table goes with the others again.
/// </summary>
sealed class Lanes(RoundSettings settings, IReadOnlyList<IRoundNode> nodes, Func<RoundSettings, IReadOnlyList<IRoundNode>, Round> newRound)
{
    public async Task<RoundResult> RunStepAsync(CancellationToken cancellation)
    {
        var shared = nodes.Select(n => new LaneNode(n)).ToList();
        try
        {
            await Task.WhenAll(shared.Select(n => n.ReadAsync(cancellation)));
            var lanes = settings.Tables.Where(t => shared.Any(n => n.State.Held.ContainsKey(t.Table))).ToList();
            var alone = settings.Paused.Concat(lanes.Select(l => l.Table)).ToList();
            var main = settings with { Tables = [.. settings.Tables.Except(lanes)], Paused = [], RecordsAlways = lanes.Count > 0, IsLane = true };
            var tables = main.Tables.Select(t => t.Table).ToHashSet();
            var result = await newRound(main, [.. shared.Select(n => new LaneView(n, shared, tables, null, alone))]).RunStepAsync(cancellation);
            foreach (var lane in lanes)
            {
                // Who could not commit is away for the rest of the step.
                var left = shared.Where(n => result.Problems.All(p => p.Database != n.Inner.Name)).ToList();
                if (left.Count < 2) break;
                var next = await newRound(main with { Tables = [lane] }, [.. left.Select(n => new LaneView(n, left, new HashSet<int> { lane.Table }, lane.Table, []))]).RunStepAsync(cancellation);
                result = result.Add(next) with { Deferred = result.Deferred + next.Deferred, Waiting = [.. result.Waiting, .. next.Waiting], More = result.More || next.More, Behind = result.Behind.Union(next.Behind).ToHashSet() };
            }
            // What has waited for all tables to go together again is looked at in the next step.
            return lanes.Count > 0 && !result.IsEmpty ? result with { More = true } : result;
        }
        finally
        {
            foreach (var node in nodes) await node.RollbackAsync();
            foreach (var node in nodes) await node.EndReadAsync();
        }
    }
}

/// <summary>A node in a step by lanes: what it said at the start, and what has been committed there since.</summary>
sealed class LaneNode(IRoundNode inner)
{
    public IRoundNode Inner => inner;

    public NodeState State { get; private set; } = null!;

    /// <summary>Rounds applied there by now.</summary>
    public long Round { get; private set; }

    /// <summary>Exceptions recorded there by now, of all tables.</summary>
    public IReadOnlyList<DeferredVersion> Deferred { get; private set; } = [];

    public async Task ReadAsync(CancellationToken cancellation)
    {
        try
        {
            await inner.EndReadAsync();
            State = await inner.BeginReadAsync(cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException and not NodeFailedException)
        {
            throw new NodeFailedException(inner.Name, e);
        }
        (Round, Deferred) = (State.Round, State.Deferred);
    }

    public void Committed(IReadOnlyList<DeferredVersion> deferred) => (Round, Deferred) = (Round + 1, deferred);
}
