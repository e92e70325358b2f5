using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>
/// Finds out how the conflicts of a table are settled: reads the rows of all versions in conflict, asks the resolver if there is one, else takes the version that the strategy prefers.
/// </summary>
/// <param name="nodes">The online nodes.</param>
/// <param name="after">What each will have seen after the step.</param>
/// <param name="faults">Fault points.</param>
sealed class Settler(IReadOnlyList<IRoundNode> nodes, IReadOnlyDictionary<int, NodeKnowledge> after, IFaultPoints faults)
{
    public async Task<TablePlan> SettleAsync(TablePlan plan, TableRules rules, CancellationToken cancellation)
    {
        if (plan.Contested.Count == 0) return plan;
        // In a backlog's steps the rows are the present ones, while what has been seen ends at the cut.
        var postponed = plan.Contested.Where(d => !d.Contenders.All(by => d.Contenders.All(c => after[by.Node].Covers(c.Version, c.Node, c.LocalXid)))).ToList();
        var ready = plan.Contested.Except(postponed).ToList();
        var settlements = await ResolveAsync(plan.Table, ready, rules, cancellation);
        var undecided = settlements.Where(s => s.Resolution.Undecided is not null).ToList();
        return plan with
        {
            Settlements = [.. settlements.Except(undecided)],
            Postponed = [.. postponed.Select(d => new PickedKey(d.Key, d.Winner)), .. undecided.Select(s => new PickedKey(s.Key, s.Winner))],
            Undecided = [.. undecided.Select(s => new UndecidedConflict(plan.Table, s.Key, nodes.First(n => n.Id == s.Node).Name, s.Resolution.Undecided!))],
        };
    }

    async Task<IReadOnlyList<Settlement>> ResolveAsync(int table, IReadOnlyList<KeyDecision> contested, TableRules rules, CancellationToken cancellation)
    {
        var rows = new Dictionary<(int Node, string Key), IReadOnlyDictionary<string, string?>?>();
        foreach (var held in contested.SelectMany(d => d.Contenders.Select(c => (c.Node, d.Key))).GroupBy(c => c.Node))
        {
            var keys = held.Select(h => h.Key).ToList();
            foreach (var (key, row) in keys.Zip(await ReadAsync(held.Key, node => node.ReadRowsAsync(table, keys, cancellation)))) rows[(held.Key, key)] = row;
        }
        var states = new Dictionary<(int Node, string Key), string?>();
        foreach (var held in rules.Strategy is MergingStrategy ? rows.Keys.GroupBy(r => r.Node) : [])
        {
            var keys = held.Select(h => h.Key).ToList();
            foreach (var (key, state) in keys.Zip(await ReadAsync(held.Key, node => node.ReadStatesAsync(table, keys, cancellation)))) states[(held.Key, key)] = state;
        }
        var conflicts = contested.Select(d => new ConflictCase(table, rules.Name, d.Key, [.. d.Contenders.Select(c => new Contender(c.Version, c.Node, rows[(c.Node, d.Key)]) { State = states.GetValueOrDefault((c.Node, d.Key)) })])).ToList();
        var resolutions = rules.Strategy is IConflictResolver resolver ? await resolver.ResolveAsync(conflicts, cancellation) : [.. conflicts.Select(_ => new Resolution(0))];
        return [.. conflicts.Zip(resolutions, (conflict, resolution) => new Settlement(conflict.Contenders[resolution.Winner].Node, conflict, resolution))];
    }

    async Task<T> ReadAsync<T>(int id, Func<IRoundNode, Task<T>> read)
    {
        var node = nodes.First(n => n.Id == id);
        try
        {
            faults.Reach("before-contest", node.Name);
            var result = await read(node);
            faults.Reach("after-contest", node.Name);
            return result;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new NodeFailedException(node.Name, e);
        }
    }
}
