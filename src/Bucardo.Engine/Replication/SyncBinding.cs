using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>How a sync's tables travel between the nodes at hand.</summary>
/// <param name="Layouts">Per table on which the nodes agree, how its rows travel.</param>
/// <param name="Paused">The tables on which they do not, and why.</param>
sealed record SyncBinding(IReadOnlyDictionary<int, TableLayout> Layouts, IReadOnlyList<PausedTable> Paused)
{
    public static SyncBinding None { get; } = new(new Dictionary<int, TableLayout>(), []);

    /// <param name="definition">The sync.</param>
    /// <param name="nodes">The nodes that are connected.</param>
    /// <param name="broken">What cannot be captured on them.</param>
    public static SyncBinding Create(SyncDefinition definition, IReadOnlyList<PgRoundNode> nodes, IReadOnlyList<Problem> broken)
    {
        var paused = new List<PausedTable>();
        var layouts = new Dictionary<int, TableLayout>();
        foreach (var table in definition.ReplicatedTables())
        {
            var shapes = nodes.Select(n => new NodeShape(n.Id, n.Name, n.IsSource, n.Shapes.GetValueOrDefault((table.Schema, table.Name)))).ToList();
            var problems = broken.Where(p => p.Object == table.FullName).ToList();
            var layout = TableLayout.Create(table, shapes, problems);
            if (problems.Count == 0 && layout is not null) layouts[table.Id] = layout;
            else paused.Add(new PausedTable(table.FullName, [.. problems.DistinctBy(p => (p.Code, p.Database, p.Code is "TableMissing" or "KeyMissing" ? "" : p.Message))]));
        }
        return new SyncBinding(layouts, paused);
    }

    /// <summary>The settings of a round.</summary>
    /// <param name="definition">The sync.</param>
    /// <param name="maximumChanges">Change rows of one node that a step reads at most.</param>
    /// <param name="smallRows">Up to so many rows travel as parameters.</param>
    /// <param name="bind">Gives a strategy whoever asks its custom code; null: nobody does.</param>
    public RoundSettings Settings(SyncDefinition definition, long maximumChanges, int smallRows, Func<ConflictStrategy, ConflictStrategy>? bind = null)
    {
        var origins = definition.Members.ToDictionary(m => m.Name, m => m.Id);
        var sources = definition.SourceIds();
        return new RoundSettings
        {
            Sync = definition.Sync.Name,
            Members = [.. definition.Members.Select(m => m.Id)],
            Tables = [.. definition.ReplicatedTables().Where(t => !IsPaused(t)).Select(t =>
                new TableRules(t.Id, t.FullName, StrategyOf(t, Bound(ConflictStrategy.Parse(t.ConflictStrategy ?? definition.Sync.ConflictStrategy, origins, sources)))))],
            Paused = [.. definition.ReplicatedTables().Where(IsPaused).Select(t => t.Id)],
            EveryNodeLogs = definition.EveryNodeLogs(),
            MaximumChanges = maximumChanges,
            SmallRows = smallRows,
        };

        ConflictStrategy Bound(ConflictStrategy strategy) => bind?.Invoke(strategy) ?? strategy;
    }

    ConflictStrategy StrategyOf(Table table, ConflictStrategy strategy) =>
        Layouts.GetValueOrDefault(table.Id) is { HasStates: true } layout ? new MergingStrategy(strategy, table.MergeColumns, table.KeyColumns, layout.CounterTypes) : strategy;

    bool IsPaused(Table table) => Paused.Any(p => p.Table == table.FullName);
}
