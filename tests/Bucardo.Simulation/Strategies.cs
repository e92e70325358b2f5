using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Simulation;

/// <summary>The strategies that histories are played with.</summary>
static class Strategies
{
    /// <summary>Every kind, by the name under which the command takes it; with two entries, a strategy each for the two tables.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Families { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        ["latest"] = ["bucardo_latest"],
        ["earliest"] = ["bucardo_earliest"],
        ["source"] = ["bucardo_source"],
        ["target"] = ["bucardo_target"],
        ["list"] = ["n2 n1"],
        ["random"] = ["bucardo_random"],
        ["latest-by-column"] = ["bucardo_latest(v)"],
        ["latest-all-tables"] = ["bucardo_latest_all_tables"],
        ["merge"] = [Merging],
        ["skip"] = ["bucardo_skip"],
        ["abort"] = ["bucardo_abort"],
        ["mixed"] = ["bucardo_latest", "n2 n1"],
    };

    /// <summary>A custom strategy of the simulation's own: the winner's row and the losers' in one.</summary>
    public const string Merging = "merge";

    public static ConflictStrategy Parse(string name, IReadOnlyList<MemoryNode> nodes, Breakage breakage) => breakage.Wrap(name == Merging
        ? new MergingStrategy()
        : ConflictStrategy.Parse(name, nodes.ToDictionary(n => n.Name, n => n.Id), [.. nodes.Where(n => n.IsSource).Select(n => n.Id)]));

    sealed class MergingStrategy : ConflictStrategy, IConflictResolver
    {
        public override int Compare(Engine.Replication.RowVersion x, Engine.Replication.RowVersion y) => ByTime(x, y);

        public Task<IReadOnlyList<Resolution>> ResolveAsync(IReadOnlyList<ConflictCase> conflicts, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<Resolution>>([.. conflicts.Select(Resolve)]);

        static Resolution Resolve(ConflictCase conflict)
        {
            var rows = conflict.Contenders.Select(c => c.Row).OfType<IReadOnlyDictionary<string, string?>>().ToList();
            if (rows.Count < 2) return new Resolution(0);
            var values = rows.SelectMany(r => r["v"]!.Split('+')).Distinct().Order(StringComparer.Ordinal);
            return new Resolution(0, new Dictionary<string, string?> { ["k"] = conflict.Key, ["v"] = string.Join('+', values) });
        }
    }
}
