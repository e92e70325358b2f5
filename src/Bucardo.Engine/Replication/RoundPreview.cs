using Bucardo.Engine.Capture;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Engine.Replication.Sequences;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>
/// Plans the next round and does not run it: the planner itself, on sessions that can only read. What comes up only when rows are written (clashes in secondary unique values,
/// rows whose parent has gone, rows that the application is writing) is not foreseen.
/// </summary>
/// <param name="look">The nodes.</param>
public sealed class RoundPreview(SyncLook look)
{
    readonly List<PlannedMove> _moves = [];
    readonly List<PlannedConflict> _conflicts = [];

    /// <summary>What the round would do.</summary>
    /// <exception cref="BucardoException">TooFewNodes, NodeFailed, TimelineChanged and what else keeps a round from beginning.</exception>
    public async Task<SyncPlan> PlanAsync(CancellationToken cancellation)
    {
        if (look.Nodes.Count < 2 || look.Nodes.All(n => !n.IsSource))
            throw new BucardoException("TooFewNodes", ErrorKind.Connection,
                $"Sync {look.Definition.Sync.Name} needs a source and one more database to plan a round. {string.Join(" ", look.Problems.Select(p => p.Message))}".TrimEnd());
        var settings = look.Binding.Settings(look.Definition, look.Definition.Sync.MaximumChanges, smallRows: 0);
        var more = false;
        try
        {
            foreach (var (rules, nodes) in await LanesAsync(settings, cancellation)) more |= await PlanAsync(rules, nodes, cancellation);
        }
        catch (NodeFailedException e)
        {
            throw e.InnerException as BucardoException ?? new BucardoException("NodeFailed", ErrorKind.Replication, NodeErrors.Describe(e.InnerException!, e.Node), e);
        }
        finally
        {
            await look.EndAsync();
        }
        var (sequences, problems) = await SequencesAsync(cancellation);
        return new SyncPlan
        {
            Sync = look.Definition.Sync.Name,
            Databases = [.. look.Nodes.Select(n => n.Name)],
            Moves = [.. _moves.Where(m => m.Rows > 0 || m.Truncate)],
            Conflicts = _conflicts,
            Sequences = sequences,
            IsFirstStep = more,
            Problems = [.. look.Problems, .. look.Binding.Paused.SelectMany(p => p.Problems), .. problems],
        };
    }

    async Task<(List<PlannedSequence> Sequences, List<Problem> Problems)> SequencesAsync(CancellationToken cancellation)
    {
        var (planned, problems, sequences) = (new List<PlannedSequence>(), new List<Problem>(), look.Definition.ReplicatedSequences());
        if (sequences.Count == 0) return (planned, problems);
        var states = await Task.WhenAll(look.Nodes.Select(n => n.Sequences.ReadAsync(sequences, cancellation)));
        for (var i = 0; i < sequences.Count; i++)
        {
            var decider = new SequenceDecider(sequences[i], [.. look.Nodes.Select((n, at) => new NodeSequence(n.Name, n.IsSource, states[at][i], states[at][i].Last))]);
            planned.AddRange(decider.Decide().Select(m => new PlannedSequence { Sync = look.Definition.Sync.Name, Sequence = sequences[i].FullName, From = m.From, To = m.To, Last = m.State.Last, Target = m.Target }));
            problems.AddRange(decider.Problems);
        }
        return (planned, problems);
    }

    // As the round itself goes: tables with a context of their own, each in a lane for itself.
    async Task<IReadOnlyList<(RoundSettings, IReadOnlyList<IRoundNode>)>> LanesAsync(RoundSettings settings, CancellationToken cancellation)
    {
        var shared = look.Nodes.Select(n => new LaneNode(n)).ToList();
        await Task.WhenAll(shared.Select(n => n.ReadAsync(cancellation)));
        var lanes = settings.Tables.Where(t => shared.Any(n => n.State.Held.ContainsKey(t.Table))).ToList();
        var main = settings with { Tables = [.. settings.Tables.Except(lanes)], Paused = [], IsLane = true };
        var tables = main.Tables.Select(t => t.Table).ToHashSet();
        return
        [
            (main, [.. shared.Select(n => new LaneView(n, shared, tables, null, [.. settings.Paused, .. lanes.Select(l => l.Table)]))]),
            .. lanes.Select(l => (main with { Tables = [l] }, (IReadOnlyList<IRoundNode>)[.. shared.Select(n => new LaneView(n, shared, new HashSet<int> { l.Table }, l.Table, []))])),
        ];
    }

    async Task<bool> PlanAsync(RoundSettings settings, IReadOnlyList<IRoundNode> nodes, CancellationToken cancellation)
    {
        // A conflict that must not be decided would end the planning, and the others would not be shown.
        var lenient = settings with { Tables = [.. settings.Tables.Select(t => t.Strategy.Action == ConflictAction.Abort ? t with { Strategy = ConflictStrategy.Parse("bucardo_skip", new Dictionary<string, int>(), []) } : t)] };
        var plan = await new RoundPlanner(lenient, nodes, NoFaults.Instance, []).PlanAsync(cancellation);
        foreach (var table in plan.Tables)
        {
            var rules = settings.Tables.First(t => t.Table == table.Table);
            await AddMovesAsync(table, rules, cancellation);
            if (table.Facts is not null) AddConflicts(table, rules, lenient.Tables.First(t => t.Table == table.Table).Strategy.For(plan.Tables.SelectMany(p => p.Facts ?? [])));
        }
        return plan.More;
    }

    async Task AddMovesAsync(TablePlan table, TableRules rules, CancellationToken cancellation)
    {
        var emptied = table.Truncation?.Receivers ?? [];
        var rows = new Dictionary<(int From, int To), long>();
        foreach (var shipment in table.Shipments)
        {
            var count = shipment.Window is { } window ? await look.Nodes.First(n => n.Id == shipment.From).CountKeysAsync(table.Table, window, cancellation) : shipment.Keys.Count;
            foreach (var receiver in shipment.Receivers) Add(shipment.From, receiver, count);
        }
        // What one node settles goes to all that do not hold it.
        foreach (var settlement in table.Settlements)
            foreach (var node in look.Nodes.Where(n => n.Id != settlement.Node && (settlement.Resolution.Row is not null || !Holds(table, n.Id, settlement)))) Add(settlement.Node, node.Id, 1);
        foreach (var receiver in emptied) Add(table.Truncation!.From, receiver, 0);
        _moves.AddRange(rows.Select(r => new PlannedMove
        {
            Sync = look.Definition.Sync.Name, Table = rules.Name, From = look.Name(r.Key.From), To = look.Name(r.Key.To), Rows = r.Value,
            Truncate = r.Key.From == table.Truncation?.From && emptied.Contains(r.Key.To),
        }));

        void Add(int from, int to, long count) => rows[(from, to)] = rows.GetValueOrDefault((from, to)) + count;
    }

    static bool Holds(TablePlan table, int node, Settlement settlement) =>
        table.Facts!.FirstOrDefault(f => f.Knowledge.Node == node)?.HeldOf(settlement.Key)?.Version == settlement.Winner;

    void AddConflicts(TablePlan table, TableRules rules, ConflictStrategy strategy)
    {
        var settled = table.Settlements.ToDictionary(s => s.Key);
        var postponed = table.Postponed.Select(p => p.Key).ToHashSet();
        foreach (var decision in new KeyDecider(table.Facts!, strategy).Decide().Where(d => d.Losers.Count > 0))
        {
            var settlement = settled.GetValueOrDefault(decision.Key);
            var winner = settlement?.Winner ?? decision.Winner;
            var outcome = rules.Strategy.Action == ConflictAction.Abort ? "Aborted" : rules.Strategy.Action == ConflictAction.Skip ? "Skipped"
                : postponed.Contains(decision.Key) ? "Postponed" : settlement?.Resolution.Row is not null ? "Merged" : "Winner";
            var isDecided = outcome is "Winner" or "Merged";
            var contenders = decision.Losers.Append(decision.Winner);
            _conflicts.Add(new PlannedConflict
            {
                Sync = look.Definition.Sync.Name,
                Table = rules.Name,
                Key = RowKey.Split(decision.Key),
                Strategy = look.Definition.Tables.First(t => t.Id == table.Table).ConflictStrategy ?? look.Definition.Sync.ConflictStrategy,
                Outcome = outcome,
                Winner = isDecided ? look.Name(winner.Origin) : null,
                WinnerTime = isDecided ? winner.At : null,
                Losers = [.. contenders.Where(v => !isDecided || v != winner).OrderBy(v => v.Origin).Select(v => look.Name(v.Origin))],
            });
        }
    }
}
