using System.Collections.Concurrent;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>Everything that a step is going to do.</summary>
sealed record StepPlan(
    IReadOnlyDictionary<int, NodeState> States,
    IReadOnlyDictionary<int, NodeKnowledge> Knowledge,
    IReadOnlyDictionary<int, Dictionary<int, Snapshot>> After,
    IReadOnlyDictionary<int, Snapshot> Read,
    IReadOnlyDictionary<int, Snapshot> Known,
    IReadOnlyDictionary<int, Dictionary<int, TransactionPart?>> Parts,
    IReadOnlyList<TablePlan> Tables,
    IReadOnlyCollection<int> NodesWithChanges,
    IReadOnlySet<int> Behind,
    bool More)
{
    /// <summary>
    /// Members of which the receivers will lack something that they have then seen: of a backlog that travels in steps, rows that had changed again behind the step come with the rest, and who fails over
    /// meanwhile may never send it. Of a member that is away, whether anybody here has been told a part only.
    /// </summary>
    public IReadOnlySet<int> Incomplete(IReadOnlyCollection<int> members) => Backlogs.Concat(Stranded.Where(members.Contains)).ToHashSet();

    /// <summary>Nodes of which the step leaves something.</summary>
    public IReadOnlyCollection<int> Backlogs => [.. States.Where(s => !Read[s.Key].Equals(s.Value.Snapshot)).Select(s => s.Key)];

    /// <summary>Nodes that are away, or have left, and of which it is not sure what has come here.</summary>
    public IReadOnlyCollection<int> Stranded => States.Values.SelectMany(s => s.Progress).Where(p => p.Value.IsIncomplete && !States.ContainsKey(p.Key)).Select(p => p.Key).ToHashSet();
}

/// <summary>
/// The first half of a step: reads every online node in one snapshot each, finds what is pending for whom and decides what goes where.
/// </summary>
/// <param name="settings">The sync.</param>
/// <param name="nodes">The nodes that are online.</param>
/// <param name="faults">Fault points.</param>
/// <param name="backlogs">Nodes of which the step before has left something: they are not counted before it is found out where this one ends.</param>
sealed class RoundPlanner(RoundSettings settings, IReadOnlyList<IRoundNode> nodes, IFaultPoints faults, IReadOnlyCollection<int> backlogs)
{
    // Rounds go on among the sources meanwhile, with pauses: sooner or later none comes in between.
    const int MostLooksApart = 20;

    readonly Dictionary<int, NodeKnowledge> _knowledge = [];
    readonly ConcurrentDictionary<int, Window> _windows = [];
    readonly ConcurrentDictionary<int, PastProgress> _past = [];
    readonly HashSet<int> _behind = [];
    Dictionary<int, NodeState> _states = [];

    public async Task<StepPlan> PlanAsync(CancellationToken cancellation)
    {
        await ReadStatesAsync(cancellation);
        var past = new NodePast(settings, nodes, OnAsync);
        if (await past.AdoptTimelinesAsync(_states, cancellation)) await ReadStatesAgainAsync(cancellation);
        if (!settings.IsLane && _states.Values.Any(s => s.Held.Count > 0)) throw new LanesNeededException();
        for (var look = 1; ; look++)
        {
            foreach (var node in nodes) _knowledge[node.Id] = new NodeKnowledge(node.Id, ContextOf(node));
            try
            {
                past.Check(_states, _knowledge);
                break;
            }
            catch (NodeFailedException) when (look < (settings.Receiving is null ? 3 : MostLooksApart))
            {
                // While another daemon works on the same sync, or others go on apart from this step, a round may come between two nodes' snapshots: then one has seen more of the other than
                // the other's snapshot holds. A second look tells that from a restored backup.
                await ReadStatesAgainAsync(cancellation);
            }
        }

        var more = false;
        var pending = new Dictionary<int, List<(int Node, long Rows)>>();
        var (truncated, changed) = (new HashSet<int>(), new HashSet<int>());
        var counted = await Task.WhenAll(nodes.Where(n => n.HasChanges).Select(n => OnAsync(n, "count", () => FindPendingAsync(n, cancellation))));
        // To know which rows a TRUNCATE leaves, everything that has not been purged must be looked at: then nothing is cut.
        var mayCut = counted.All(c => c.Truncated.Count == 0);
        if (mayCut && !settings.IsLane && settings.ApartFrom is { } backlog) await FindBehindAsync(counted.Where(c => c.Total > backlog), backlog, cancellation);
        counted = await Task.WhenAll(counted.Select(c => c.Total > settings.MaximumChanges ? OnAsync(c.Node, "count", () => CutAsync(c, mayCut, cancellation)) : Task.FromResult(c)));
        foreach (var found in counted)
        {
            more |= found.More;
            if (found.Total > 0 || found.Truncated.Count > 0) changed.Add(found.Node.Id);
            truncated.UnionWith(found.Truncated);
            foreach (var (table, rows) in found.Pending) (pending.TryGetValue(table, out var list) ? list : pending[table] = []).Add((found.Node.Id, rows));
        }
        // What is left for nodes that are only read is left for those who write them.
        more &= settings.Receiving?.Overlaps(_behind) != false;
        var deferred = _states.Values.SelectMany(s => s.Deferred).Concat(_past.Values.SelectMany(p => p.Deferred)).GroupBy(d => d.Table).ToDictionary(g => g.Key, g => g.ToList());
        var plans = new List<TablePlan>();
        var decisive = new List<(TableRules Rules, IReadOnlyList<NodeTableFacts> Facts)>();
        foreach (var rules in settings.Tables)
        {
            var table = rules.Table;
            var sources = pending.GetValueOrDefault(table) ?? [];
            if (sources.Count == 1 && !truncated.Contains(table) && !deferred.ContainsKey(table) && !rules.Strategy.LooksAtAllTables && !HasStrandedParts)
                plans.Add(TablePlan.FromOne(table, sources[0].Node, sources[0].Rows, settings.EveryNodeLogs, WindowsFor(sources[0].Node)));
            else if (sources.Count > 0 || truncated.Contains(table) || deferred.ContainsKey(table))
                decisive.Add((rules, await CollectAsync(table, truncated.Contains(table), deferred.GetValueOrDefault(table) ?? [], cancellation)));
        }
        var read = nodes.ToDictionary(n => n.Id, ReadOf);
        var handedOn = settings.EveryNodeLogs ? nodes.ToDictionary(n => n.Id, HandedOn) : [];
        var after = nodes.ToDictionary(n => n.Id, n => Progress.After(_knowledge[n.Id], [.. Logging()], read, handedOn));
        var settler = new Settler(nodes, after.ToDictionary(a => a.Key, a => new NodeKnowledge(a.Key, new Dictionary<int, Snapshot>(a.Value) { [a.Key] = _states[a.Key].Snapshot })), faults);
        foreach (var (rules, facts) in decisive)
        {
            var strategy = rules.Strategy.For(decisive.SelectMany(d => d.Facts));
            var plan = TablePlan.FromDecisions(rules.Table, facts, strategy, truncated.Contains(rules.Table));
            plans.Add(await settler.SettleAsync(plan, rules with { Strategy = strategy }, cancellation));
        }
        return new StepPlan(_states, _knowledge, after, read, nodes.ToDictionary(n => n.Id, KnownOf), nodes.ToDictionary(n => n.Id, n => PartsAfter(n.Id, after[n.Id])), [.. settings.Tables.SelectMany(t => plans.Where(p => p.Table == t.Table))], changed, _behind, more);
    }

    async Task ReadStatesAsync(CancellationToken cancellation)
    {
        var states = await Task.WhenAll(nodes.Select(n => OnAsync(n, "snapshot", () => n.BeginReadAsync(cancellation))));
        _states = nodes.Zip(states).ToDictionary(p => p.First.Id, p => p.Second);
        if (nodes.FirstOrDefault(n => _states[n.Id].IsBeingCopied) is { } copied)
            throw new NodeFailedException(copied.Name, NodeCopyLock.Refusal(copied.Name));
        if (settings.EveryNodeLogs && nodes.FirstOrDefault(n => JoiningNode.AwaitsData(n.Id, _states)) is { } joining)
            throw new NodeFailedException(joining.Name, JoiningNode.Refusal(joining.Name, settings.Sync));
    }

    async Task ReadStatesAgainAsync(CancellationToken cancellation)
    {
        foreach (var node in nodes) await node.EndReadAsync();
        await ReadStatesAsync(cancellation);
    }

    // A receiver that has no progress of its own yet starts where the source registered it.
    Dictionary<int, Snapshot> ContextOf(IRoundNode node)
    {
        var context = _states[node.Id].Progress.ToDictionary(p => p.Key, p => p.Value.Seen);
        foreach (var member in settings.Members) context.TryAdd(member, Snapshot.Empty);
        foreach (var other in nodes.Where(o => o.Id != node.Id && !_states[node.Id].Progress.ContainsKey(o.Id)))
        {
            context[other.Id] = _states[other.Id].Acknowledged.GetValueOrDefault(node.Id)
                ?? throw new NodeFailedException(other.Name, new BucardoException("NotPrepared", ErrorKind.InvalidOperation,
                    $"Database {other.Name} does not know {node.Name} as its peer in sync {settings.Sync}: run Start-BucardoSync {settings.Sync} to prepare it."));
        }
        context[node.Id] = _states[node.Id].Snapshot;
        return context;
    }

    async Task<Found> FindPendingAsync(IRoundNode node, CancellationToken cancellation)
    {
        var others = nodes.Where(n => n.Id != node.Id).Select(n => _knowledge[n.Id]).ToList();
        var window = _windows[node.Id] = WindowOf(node.Id, others, _states[node.Id].Snapshot);
        if (others.Count == 0) return new Found(node, new Dictionary<int, long>(), 0, [], false);
        var (pending, total) = backlogs.Contains(node.Id) ? (new Dictionary<int, long>(), settings.MaximumChanges + 1) : await node.CountPendingAsync(window, settings.MaximumChanges + 1, cancellation);
        return new Found(node, pending, total, await node.FindTruncationsAsync(window, cancellation), false);
    }

    // A source that is behind is no such case: the others want its changes, too. Who lacks a transaction of long ago lacks a few rows, or none: it was open in his last round, and is behind nobody.
    async Task FindBehindAsync(IEnumerable<Found> backlogs, long limit, CancellationToken cancellation)
    {
        var behind = new HashSet<int>();
        foreach (var source in backlogs.Select(f => f.Node).Where(n => AreApart(n.Id)))
        {
            foreach (var receiver in nodes.Where(n => n != source && !behind.Contains(n.Id)))
            {
                var (_, total) = await OnAsync(source, "count", () => source.CountPendingAsync(WindowOf(source.Id, [_knowledge[receiver.Id]], _states[source.Id].Snapshot), limit + 1, cancellation));
                if (total > limit) behind.Add(receiver.Id);
            }
        }
        var (late, level) = (nodes.Where(n => behind.Contains(n.Id)), nodes.Where(n => !behind.Contains(n.Id)).ToList());
        if (behind.Count > 0 && level.Count > 1 && !late.Any(n => n.IsSource)) throw new BacklogException(behind);
    }

    // Where all have seen the same, as after a round of theirs, nobody is behind the others.
    bool AreApart(int node) => _knowledge.Values.Where(o => o.Node != node).Select(o => (o.Of(node), PartSeen(o.Node, node))).Distinct().Count() > 1;

    // For whom something lies before the cut, be it within a transaction.
    IEnumerable<int> BehindOf(int node, Cut cut)
    {
        var before = _states[node].Snapshot.CutAt(cut.Xid);
        return _knowledge.Values.Where(o => o.Node != node && (!o.Of(node).Holds(before) || (cut.Part is { } part && Lacks(o, part)))).Select(o => o.Node);

        bool Lacks(NodeKnowledge receiver, TransactionPart part) => !receiver.Of(node).Contains(part.Xid) && PartSeen(receiver.Node, node)?.Holds(part.Xid, part.Sequence) != true;
    }

    // By the total: rows that the receivers know already may stand before those that they do not, and the count stopped at the limit.
    async Task<Found> CutAsync(Found found, bool mayCut, CancellationToken cancellation)
    {
        var (node, window) = (found.Node, _windows[found.Node.Id]);
        var cut = !mayCut ? null : await node.FindCutAsync(window, settings.MaximumChanges, cancellation);
        if (cut is { } end)
        {
            window = _windows[node.Id] = window with { Read = window.Read.CutAt(end.Xid), IsCut = true, Part = end.Part };
            if (settings.EveryNodeLogs) _past[node.Id] = await node.FindPastAsync(window.Read, cancellation);
            lock (_behind) _behind.UnionWith(BehindOf(node.Id, end));
        }
        var (pending, total) = await node.CountPendingAsync(window, long.MaxValue, cancellation);
        return found with { Pending = pending, Total = total, More = cut is not null };
    }

    sealed record Found(IRoundNode Node, IReadOnlyDictionary<int, long> Pending, long Total, IReadOnlyCollection<int> Truncated, bool More);

    Window WindowOf(int node, IReadOnlyCollection<NodeKnowledge> receivers, Snapshot read) => new(
        Progress.SeenByAll(node, receivers), read,
        _knowledge.Values.SelectMany(k => k.Context.Keys).Distinct().ToDictionary(o => o, o => Progress.SeenByAll(o, receivers)),
        Skip: Progress.SeenByAll(receivers.Select(r => (r.Of(node), PartSeen(r.Node, node)))));

    TransactionPart? PartSeen(int receiver, int origin) => _states[receiver].Progress.TryGetValue(origin, out var progress) ? progress.Part : null;

    // What a node hands on with its log. Where only a part of it is read, that is what it had seen when it had no more than that: every row of the part was made on nothing else.
    IReadOnlyDictionary<int, Snapshot> HandedOn(IRoundNode node) =>
        _past.TryGetValue(node.Id, out var past) ? past.Progress.ToDictionary(p => p.Key, p => p.Value.Seen) : _knowledge[node.Id].Context;

    Dictionary<int, TransactionPart?> PartsAfter(int receiver, IReadOnlyDictionary<int, Snapshot> after) => after.ToDictionary(a => a.Key, a =>
        Progress.PartAfter(a.Value, _windows.GetValueOrDefault(a.Key)?.Part, PartSeen(receiver, a.Key),
            settings.EveryNodeLogs ? nodes.Where(n => n.Id != a.Key && n.Id != receiver).SelectMany(n => new[] { _past.GetValueOrDefault(n.Id)?.Progress.GetValueOrDefault(a.Key).Part, PartSeen(n.Id, a.Key) }) : []));

    // While the origin of a transaction is away of which some have a part, those who have it would send it to each other in every round: only key by key it shows that they have it.
    bool HasStrandedParts => settings.EveryNodeLogs && _states.Values.Any(s => s.Progress.Any(p => p.Value.Part is not null && !_states.ContainsKey(p.Key)));

    IEnumerable<(int, Window)> WindowsFor(int from)
    {
        var step = _windows[from];
        return nodes.Where(n => n.Id != from).Select(n => (n.Id, WindowOf(from, [_knowledge[n.Id]], step.Read) with { IsCut = step.IsCut, Part = step.Part }));
    }

    async Task<IReadOnlyList<NodeTableFacts>> CollectAsync(int table, bool truncated, IReadOnlyList<DeferredVersion> deferred, CancellationToken cancellation)
    {
        var keys = deferred.Select(d => d.Key).ToHashSet();
        var facts = await Task.WhenAll(nodes.Select(n => OnAsync(n, "collect", async () =>
        {
            var collected = n.HasChanges && _windows.TryGetValue(n.Id, out var window)
                ? await n.CollectAsync(table, truncated ? window with { Seen = Snapshot.Empty, SeenVersions = new Dictionary<int, Snapshot>() } : window, keys, _knowledge[n.Id], cancellation)
                : new NodeTableFacts { Knowledge = _knowledge[n.Id] };
            foreach (var mine in _states[n.Id].Deferred.Where(d => d.Table == table))
                (collected.Deferred.TryGetValue(mine.Key, out var versions) ? versions : collected.Deferred[mine.Key] = []).Add(mine.Version);
            return collected;
        })));
        foreach (var (node, mine) in nodes.Zip(facts)) await NotePartsAsync(table, node, mine, facts, cancellation);
        return facts;
    }

    // Of a transaction that travels in several steps, which changes have come: the origin knows it by their place, others by what the receiver has logged.
    async Task NotePartsAsync(int table, IRoundNode node, NodeTableFacts mine, IReadOnlyList<NodeTableFacts> facts, CancellationToken cancellation)
    {
        foreach (var (origin, progress) in _states[node.Id].Progress)
        {
            if (progress.Part is not { } part) continue;
            var version = new RowVersion(origin, part.Xid, default);
            var held = facts.Where(f => f != mine).SelectMany(f => f.Entries.Where(e => e.Value.Version == version).Select(e => (e.Key, IsThere: f.Knowledge.Node == origin && part.Holds(part.Xid, e.Value.Sequence)))).ToLookup(h => h.IsThere, h => h.Key);
            var (come, open) = (held[true].ToHashSet(), held[false].Distinct().Where(k => !held[true].Contains(k)).ToList());
            if (open.Count > 0) come.UnionWith(await OnAsync(node, "logged", () => node.FindLoggedAsync(table, version, open, cancellation)));
            foreach (var key in come) (mine.Parts.TryGetValue(key, out var versions) ? versions : mine.Parts[key] = []).Add(version);
        }
    }

    IEnumerable<NodeKnowledge> Logging() => nodes.Where(n => n.HasChanges).Select(n => _knowledge[n.Id]);

    Snapshot ReadOf(IRoundNode node) => _windows.TryGetValue(node.Id, out var window) ? window.Read : _states[node.Id].Snapshot;

    // What the step reads of a node, and what all others had seen before: what they hold was made on that.
    Snapshot KnownOf(IRoundNode node) => _windows.TryGetValue(node.Id, out var window) ? window.Read.Union(window.Seen) : _states[node.Id].Snapshot;

    async Task<T> OnAsync<T>(IRoundNode node, string effect, Func<Task<T>> run)
    {
        try
        {
            faults.Reach("before-" + effect, node.Name);
            var result = await run();
            faults.Reach("after-" + effect, node.Name);
            return result;
        }
        catch (Exception e) when (e is not OperationCanceledException and not NodeFailedException and not ConflictAbortException)
        {
            throw new NodeFailedException(node.Name, e);
        }
    }
}
