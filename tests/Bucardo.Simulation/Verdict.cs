using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Simulation;

/// <summary>
/// What must hold when everything has healed: all nodes have the same rows; none has a version that a committed write was made on, which is how a write is lost, a deleted row rises again,
/// and an older version wins; and where the latest change wins, the latest it is.
/// </summary>
sealed class Verdict(Script script, IReadOnlyList<MemoryNode> nodes, World world)
{
    public string? Problem()
    {
        foreach (var node in nodes)
            if (!node.Rows.SequenceEqual(nodes[0].Rows)) return $"{nodes[0].Name} has {string.Join(' ', nodes[0].Rows)}; {node.Name} has {string.Join(' ', node.Rows)}";
        var written = world.Lineage.Committed.Where(w => !w.IsLost).ToLookup(w => (w.Table, w.Key));
        foreach (var row in written.OrderBy(w => w.Key))
        {
            var (table, key) = row.Key;
            foreach (var node in nodes)
            {
                var left = node.CellOf(table, key);
                if ((world.Lineage.IsOrderKept || script.RanksByTime) && row.FirstOrDefault(w => world.Lineage.IsOlder(left.Write, w.Id)) is { } newer)
                    return $"{table}/{key} on {node.Name} is {world.Lineage.Describe(left.Write)}, which is older than {world.Lineage.Describe(newer.Id)}";
            }
            if (!IsLatest(table)) continue;
            var last = row.MaxBy(w => w.Version, Comparer<Engine.Replication.RowVersion>.Create(ConflictStrategy.ByTime))!;
            var found = nodes[0].CellOf(table, key).Write;
            var version = world.Lineage.VersionOf(found);
            if (version != last.Version && !(world.Lineage.IsLost(found) && ConflictStrategy.ByTime(version, last.Version) > 0)) return $"{table}/{key} is {world.Lineage.Describe(found)}, but the last was {world.Lineage.Describe(last.Id)}";
        }
        return null;
    }

    // A transaction that stays open may take effect on what came in meanwhile, whatever the time of its changes.
    bool IsLatest(int table) => !script.Opens && (table == 1 ? script.Strategies[0] : script.Strategies[^1]) is "bucardo_latest";
}
