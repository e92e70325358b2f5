using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>Finds out how the conflicts of a table are settled: reads the rows of all versions in conflict, asks the resolver if there is one, else takes the version that the strategy prefers.</summary>
sealed class Settler(IReadOnlyList<IRoundNode> nodes, IFaultPoints faults)
{
    public async Task<IReadOnlyList<Settlement>> SettleAsync(TablePlan plan, TableRules rules, CancellationToken cancellation)
    {
        if (plan.Contested.Count == 0) return [];
        var rows = new Dictionary<(int Node, string Key), IReadOnlyDictionary<string, string?>?>();
        foreach (var held in plan.Contested.SelectMany(d => d.Contenders.Select(c => (c.Node, d.Key))).GroupBy(c => c.Node))
        {
            var keys = held.Select(h => h.Key).ToList();
            foreach (var (key, row) in keys.Zip(await ReadAsync(held.Key, plan.Table, keys, cancellation))) rows[(held.Key, key)] = row;
        }
        var conflicts = plan.Contested.Select(d => new ConflictCase(plan.Table, rules.Name, d.Key, [.. d.Contenders.Select(c => new Contender(c.Version, c.Node, rows[(c.Node, d.Key)]))])).ToList();
        var resolutions = rules.Strategy is IConflictResolver resolver ? await resolver.ResolveAsync(conflicts, cancellation) : [.. conflicts.Select(_ => new Resolution(0))];
        return [.. conflicts.Zip(resolutions, (conflict, resolution) => new Settlement(conflict.Contenders[resolution.Winner].Node, conflict, resolution))];
    }

    async Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadAsync(int id, int table, IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        var node = nodes.First(n => n.Id == id);
        try
        {
            faults.Reach("before-contest", node.Name);
            var rows = await node.ReadRowsAsync(table, keys, cancellation);
            faults.Reach("after-contest", node.Name);
            return rows;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new NodeFailedException(node.Name, e);
        }
    }
}
