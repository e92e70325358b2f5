using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>Rows of one node for some receivers: all its pending ones in a window, or a part of the keys picked for it.</summary>
/// <param name="From">The node that sends.</param>
/// <param name="Receivers">Ids of the nodes that receive.</param>
/// <param name="Window">Where pending rows are to be sent: the window.</param>
/// <param name="Keys">Where picked rows are to be sent: the keys.</param>
/// <param name="Part">Where picked rows are to be sent: which part of the keys that are picked on that node, from zero.</param>
sealed record Shipment(int From, IReadOnlyList<int> Receivers, Window? Window, IReadOnlyList<PickedKey> Keys, int Part = 0);

/// <summary>What is to happen with one table in a step.</summary>
sealed record TablePlan
{
    public required int Table { get; init; }

    /// <summary>The rows to be sent.</summary>
    public required IReadOnlyList<Shipment> Shipments { get; init; }

    /// <summary>How many rows at most.</summary>
    public required long Rows { get; init; }

    /// <summary>Whether receivers log the rows.</summary>
    public required bool Log { get; init; }

    /// <summary>The TRUNCATE to be carried out first, if there is one.</summary>
    public KeyDecision? Truncation { get; init; }

    /// <summary>Per receiver of the TRUNCATE, the keys that it keeps.</summary>
    public IReadOnlyDictionary<int, IReadOnlyCollection<string>> Keep { get; init; } = new Dictionary<int, IReadOnlyCollection<string>>();

    /// <summary>Conflicts that have to be settled.</summary>
    public IReadOnlyList<KeyDecision> Contested { get; init; } = [];

    /// <summary>How they are settled.</summary>
    public IReadOnlyList<Settlement> Settlements { get; init; } = [];

    /// <summary>Conflicts that are left to a later step, with the version preferred now: what was decided here would not yet be known to descend from all that it was decided on.</summary>
    public IReadOnlyList<PickedKey> Postponed { get; init; } = [];

    /// <summary>Deferred keys that some node changed behind the cut: they are left as they are.</summary>
    public IReadOnlyCollection<string> Behind { get; init; } = [];

    /// <summary>Those of the postponed conflicts that wait for custom code.</summary>
    public IReadOnlyList<UndecidedConflict> Undecided { get; init; } = [];

    /// <summary>Conflicts that nobody decides.</summary>
    public long Conflicts { get; init; }

    /// <summary>Per receiver, the versions there that lose a conflict to a row that is sent.</summary>
    public IReadOnlyDictionary<int, List<PickedKey>> Overwritten { get; init; } = new Dictionary<int, List<PickedKey>>();

    /// <summary>Per receiver, the versions there that lose a conflict to the TRUNCATE.</summary>
    public IReadOnlyDictionary<int, List<PickedKey>> Truncated { get; init; } = new Dictionary<int, List<PickedKey>>();

    /// <summary>What was collected; null where no decision was needed.</summary>
    public IReadOnlyList<NodeTableFacts>? Facts { get; init; }

    /// <summary>
    /// The plan of a table on which only one node has anything pending: its rows go to all that have not seen them, and no key makes a round trip.
    /// Receivers that have seen equally much share one stream.
    /// </summary>
    public static TablePlan FromOne(int table, int from, long rows, bool everyNodeLogs, IEnumerable<(int Node, Window Window)> receivers)
    {
        var groups = receivers.GroupBy(r => (r.Window.Seen, string.Join(' ', r.Window.SeenVersions.OrderBy(v => v.Key).Select(v => $"{v.Key}={v.Value}"))));
        return new TablePlan
        {
            Table = table,
            Rows = rows,
            Log = everyNodeLogs,
            Shipments = [.. groups.Select(g => new Shipment(from, [.. g.Select(r => r.Node)], g.First().Window, []))],
        };
    }

    /// <summary>The plan of a table that needs decisions key by key.</summary>
    public static TablePlan FromDecisions(int table, IReadOnlyList<NodeTableFacts> facts, ConflictStrategy strategy, bool truncated)
    {
        var decider = new KeyDecider(facts, strategy);
        // A TRUNCATE that all have carried out is known here only for the sake of keys that were left out of it.
        var truncation = truncated ? decider.DecideTruncation() : null;
        var emptied = truncation?.Receivers.ToHashSet() ?? [];
        var keep = emptied.ToDictionary(n => n, _ => new List<string>());
        var parts = new Dictionary<(int From, IReadOnlyList<int> Receivers), List<PickedKey>>();
        var contested = new List<KeyDecision>();
        var (overwritten, lostToTruncation) = (facts.ToDictionary(f => f.Knowledge.Node, _ => new List<PickedKey>()), facts.ToDictionary(f => f.Knowledge.Node, _ => new List<PickedKey>()));
        long conflicts = 0;
        var decided = emptied.Count > 0 ? new HashSet<string>() : null;
        foreach (var decision in decider.Decide())
        {
            decided?.Add(decision.Key);
            if (decision.Contenders.Count > 0)
            {
                contested.Add(decision);
                foreach (var node in emptied) keep[node].Add(decision.Key);
                continue;
            }
            // Of several TRUNCATEs a key may have another one than the table, which was left out of that.
            var isEmptying = decision.IsTruncation && decision.Winner == truncation?.Winner;
            var losing = decision.Losers.Count == 0 ? [] : facts.Where(f => decision.Receivers.Contains(f.Knowledge.Node) && f.HeldOf(decision.Key) is { } held && decision.Losers.Contains(held.Version)).ToList();
            if (decision.Losers.Count > 0 && losing.Count == 0) conflicts++;
            foreach (var node in losing)
            {
                var byTruncation = isEmptying && emptied.Contains(node.Knowledge.Node);
                (byTruncation ? lostToTruncation : overwritten)[node.Knowledge.Node].Add(new PickedKey(decision.Key, node.HeldOf(decision.Key)!.Value.Version));
            }
            // Where the table is emptied, a row that is to be gone needs nothing of its own.
            var receivers = isEmptying ? decider.Shared(decision.Receivers.Where(r => !emptied.Contains(r))) : decision.Receivers;
            if (!isEmptying)
                foreach (var node in emptied.Where(n => !receivers.Contains(n))) keep[node].Add(decision.Key);
            if (receivers.Count == 0) continue;
            if (!parts.TryGetValue((decision.From, receivers), out var part)) parts[(decision.From, receivers)] = part = [];
            part.Add(new PickedKey(decision.Key, decision.Winner));
        }
        if (decided is not null) KeepUntouched(facts, decided, emptied, keep);
        return new TablePlan
        {
            Table = table,
            Facts = facts,
            Conflicts = conflicts,
            Contested = contested,
            Behind = [.. facts.SelectMany(f => f.Behind).Distinct()],
            Overwritten = overwritten,
            Truncated = lostToTruncation,
            Log = true,
            Rows = parts.Values.Sum(p => (long)p.Count),
            Truncation = emptied.Count > 0 ? truncation : null,
            Keep = keep.ToDictionary(k => k.Key, k => (IReadOnlyCollection<string>)k.Value),
            Shipments = [.. parts.GroupBy(p => p.Key.From).SelectMany(g => g.Select((p, part) => new Shipment(g.Key, p.Key.Receivers, null, p.Value, part)))],
        };
    }

    // Keys on which nothing is to be done were not decided above; where a node holds such a key's row, it stays.
    static void KeepUntouched(IReadOnlyList<NodeTableFacts> facts, HashSet<string> decided, HashSet<int> truncated, Dictionary<int, List<string>> keep)
    {
        foreach (var key in facts.SelectMany(f => f.Entries.Keys).Distinct().Where(k => !decided.Contains(k)))
            foreach (var node in truncated) keep[node].Add(key);
    }
}
