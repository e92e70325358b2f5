using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Engine.Replication.Shipping;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>
/// A round among the nodes that are online: everything pending between them, in bounded steps. Each node applies a step in one transaction together
/// with its own progress, so whatever dies in between, no change is lost and none is half applied (DESIGN.md, sections 3, 5 and 6).
/// </summary>
public sealed class Round
{
    // What is settled travels with the next step. Applications that bring up conflicts without end must not keep a round from ending.
    const int MostSettlingSteps = 10;

    RoundSettings _settings;
    readonly IReadOnlyList<IRoundNode> _nodes;
    readonly IFaultPoints _faults;
    readonly IProgress<RoundProgress>? _progress;
    readonly StubbornKeys _stubborn;
    readonly ICatchUpHost? _host;
    IReadOnlyCollection<int> _backlogs = [];
    bool _byLanes;

    /// <summary>Creates a round.</summary>
    /// <param name="settings">The sync.</param>
    /// <param name="nodes">The nodes that are online.</param>
    /// <param name="faults">Fault points.</param>
    /// <param name="progress">Hears how far the round is.</param>
    /// <param name="stubborn">What the rounds before have left out.</param>
    public Round(RoundSettings settings, IReadOnlyList<IRoundNode> nodes, IFaultPoints? faults = null, IProgress<RoundProgress>? progress = null, StubbornKeys? stubborn = null)
        : this(settings with { ApartFrom = null }, nodes, faults, progress, stubborn, null)
    {
    }

    /// <summary>Creates a round that brings those level apart who have a backlog; without a host all go together.</summary>
    internal Round(RoundSettings settings, IReadOnlyList<IRoundNode> nodes, IFaultPoints? faults, IProgress<RoundProgress>? progress, StubbornKeys? stubborn, ICatchUpHost? host) =>
        (_settings, _nodes, _faults, _progress, _stubborn, _host) = (settings, nodes, faults ?? NoFaults.Instance, progress, stubborn ?? new StubbornKeys(), host);

    /// <summary>Runs steps until nothing is pending, or until whoever has a backlog has been brought on for long enough (<see cref="RoundResult.More"/>).</summary>
    /// <exception cref="NodeFailedException">A node could not be read. What earlier steps committed stays.</exception>
    /// <exception cref="ConflictAbortException">The strategy is <c>abort</c> and there is a conflict.</exception>
    /// <exception cref="BucardoException">The nodes are not in a state to replicate.</exception>
    public async Task<RoundResult> RunAsync(CancellationToken cancellation)
    {
        var total = new RoundResult();
        RoundResult step;
        var settling = 0;
        do
        {
            try
            {
                step = await RunStepAsync(cancellation);
            }
            catch (BacklogException e)
            {
                step = await CatchUpAsync(e.Behind, cancellation);
                if (_settings.ApartFrom is not null && _host!.IsEnough) return total.Add(step);
            }
            total = total.Add(step);
            // Whoever has a backlog holds nobody back: between its steps the others get what is new.
            if (step.More && step.Problems.Count == 0) total = total.Add(await RunAmongAsync(n => !step.Behind.Contains(n.Id), cancellation));
            settling = step.Settled > 0 ? settling + 1 : 0;
        }
        while ((step.More || (settling is > 0 and < MostSettlingSteps)) && step.Problems.Count == 0);
        if (step.More) total = total.Add(await RunAmongAsync(n => step.Problems.All(p => p.Database != n.Name), cancellation));
        return total with { Deferred = step.Deferred, Waiting = step.Waiting };
    }

    // The same round with fewer nodes, as if the others were away.
    async Task<RoundResult> RunAmongAsync(Func<IRoundNode, bool> takesPart, CancellationToken cancellation)
    {
        var nodes = _nodes.Where(takesPart).ToList();
        if (nodes.Count < 2 || nodes.Count == _nodes.Count) return new RoundResult();
        return await new Round(_settings, nodes, _faults, _progress, _stubborn).RunAsync(cancellation);
    }

    async Task<RoundResult> CatchUpAsync(IReadOnlySet<int> behind, CancellationToken cancellation)
    {
        await using var opened = await _host!.OpenAsync(behind, cancellation);
        if (opened is not null)
            return await new CatchUp(_settings, _nodes, behind, _host, (settings, nodes) => new Round(settings, nodes, _faults, _progress, settings.Receiving is null ? _stubborn : null)).RunAsync(opened.Nodes, cancellation);
        _settings = _settings with { ApartFrom = null };
        return await RunStepAsync(cancellation);
    }

    /// <summary>Runs one step.</summary>
    public async Task<RoundResult> RunStepAsync(CancellationToken cancellation)
    {
        _byLanes |= _settings.Paused.Count > 0;
        try
        {
            if (!_byLanes) return await RunAllTogetherAsync(cancellation);
        }
        catch (LanesNeededException)
        {
            _byLanes = true;
        }
        return await new Lanes(_settings, _nodes, (settings, nodes) => new Round(settings, nodes, _faults, _progress)).RunStepAsync(cancellation);
    }

    async Task<RoundResult> RunAllTogetherAsync(CancellationToken cancellation)
    {
        try
        {
            Report("Reading what is pending", null);
            var plan = await new RoundPlanner(_settings, _nodes, _faults, _backlogs).PlanAsync(cancellation);
            if (await HoldAsync(plan, cancellation)) plan = await new RoundPlanner(_settings, _nodes, _faults, _backlogs).PlanAsync(cancellation);
            _backlogs = plan.Backlogs;
            return await ApplyAsync(plan, cancellation);
        }
        finally
        {
            foreach (var node in _nodes) await node.RollbackAsync();
            foreach (var node in _nodes) await node.EndReadAsync();
        }
    }

    // True: rows that are always just being written stand still now on every node that could lock them, and what was read of them is out of date.
    async Task<bool> HoldAsync(StepPlan plan, CancellationToken cancellation)
    {
        // The nodes that are only read apply in the rounds of the others.
        if (_settings.Receiving is not null) return false;
        var keys = _stubborn.Note(plan.States.Values.SelectMany(s => s.Deferred).Select(d => (d.Table, d.Key)));
        if (keys.Count == 0) return false;
        foreach (var node in _nodes) await node.EndReadAsync();
        await Task.WhenAll(_nodes.Select(async n =>
        {
            try
            {
                await n.HoldAsync(keys, cancellation);
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or IOException)
            {
                throw new NodeFailedException(n.Name, e);
            }
        }));
        return true;
    }

    async Task<RoundResult> ApplyAsync(StepPlan plan, CancellationToken cancellation)
    {
        var receivers = _nodes.Where(n => _settings.Receiving?.Contains(n.Id) != false && IsConcerned(n, plan)).Select(n => new Receiver(n, plan.States[n.Id], plan.Knowledge[n.Id], _faults)).ToList();
        var clock = plan.States.Values.Max(s => s.Clock);
        var shipper = new Shipper(_nodes, receivers, _settings.LargestPart);
        var beginning = BeginAsync();
        // A small round is mostly waiting for answers: what the first table sends is read meanwhile, over other connections.
        var first = plan.Tables.Count > 0 && IsSmall(plan.Tables[0]) ? shipper.ReadAsync(plan.Tables[0], cancellation) : null;
        await Task.WhenAll(beginning, first ?? Task.CompletedTask);
        // It is nobody's fault: all shapes are read again, and the round begins anew.
        if (receivers.Select(r => r.Error).OfType<ShapeChangedException>().FirstOrDefault() is { } changed) throw changed;
        var moved = new Dictionary<int, Dictionary<int, List<PickedKey>>>();
        for (var i = 0; i < plan.Tables.Count; i++)
        {
            Report($"Table {_settings.Tables.First(t => t.Table == plan.Tables[i].Table).Name}", 100 * i / plan.Tables.Count);
            moved[plan.Tables[i].Table] = await ApplyTableAsync(plan.Tables[i], i == 0 ? first : null, plan.Known, shipper, receivers, cancellation);
        }
        // By lanes, a child's step may not see what its parent's lane brings: whose parent seems gone waits until all tables go together again.
        var reach = new StepReach(
            [.. plan.States.Keys.Where(n => _settings.RecordsAlways || !plan.Read[n].Equals(plan.States[n].Snapshot))],
            [.. _settings.Members.Where(m => !plan.States.ContainsKey(m))],
            [.. plan.Tables.Where(t => t.Settlements.Count > 0).Select(t => t.Table)]);
        await OnAllAsync(receivers, "finish", async r =>
        {
            foreach (var (table, keys) in await r.Node.FinishRowsAsync(reach, r.Applied, cancellation)) moved[table][r.Node.Id].AddRange(keys);
        }, cancellation);
        foreach (var table in plan.Tables)
            foreach (var receiver in receivers) DeferMoved(table, receiver, moved[table.Table][receiver.Node.Id]);
        var (timelines, incomplete) = (NodePast.Timelines(plan.States, _settings.EveryNodeLogs), plan.Incomplete(_settings.Members));
        await OnAllAsync(receivers, "record", r => r.RecordAsync(plan.After[r.Node.Id], plan.Parts[r.Node.Id], timelines, incomplete, cancellation), cancellation);
        await OnAllAsync(receivers, "commit", r => r.Node.CommitAsync(cancellation), cancellation);
        var done = receivers.Where(r => r.IsAlive).Select(r => r.Applied).ToList();
        return new RoundResult
        {
            Inserts = done.Sum(a => a.Inserts),
            Updates = done.Sum(a => a.Updates),
            Deletes = done.Sum(a => a.Deletes),
            Truncates = done.Sum(a => a.Truncates),
            Deferred = done.Sum(a => a.Deferred),
            Conflicts = plan.Tables.Sum(t => t.Conflicts) + done.SelectMany(a => a.Decided).Distinct().Count() + done.Sum(a => a.Clashes + a.Settled),
            Settled = done.Sum(a => a.Settled + a.Clashes),
            More = plan.More,
            Behind = plan.Behind,
            Problems = [.. receivers.Where(r => !r.IsAlive).Select(r => r.Problem!)],
            Waiting = [.. plan.Tables.SelectMany(t => t.Undecided), .. done.SelectMany(a => a.Refused)],
        };

        async Task BeginAsync()
        {
            // Nobody sees what is on a node without changes of its own, but whoever waits for the round relies on what earlier ones brought there.
            if (receivers.Count > 0 || _settings.WaitsForDisk) await Task.WhenAll(_nodes.Where(n => n.HasChanges || _settings.WaitsForDisk).Select(n => FlushAsync(n, cancellation)));
            var stranded = plan.Stranded;
            await OnAllAsync(receivers, "begin", r => r.Node.BeginApplyAsync(Opening(r), cancellation), cancellation);

            StepOpening Opening(Receiver r) => new(r.State.Round, clock)
            {
                Tables = WrittenAt(r.Node.Id, plan),
                Staged = StagedAt(r.Node.Id, plan),
                Stranded = stranded,
                WaitsForDisk = _settings.WaitsForDisk || r.Node.HasChanges,
            };
        }
    }

    // What a node may lose again, nobody may have seen: where that fails, there is no step.
    async Task FlushAsync(IRoundNode node, CancellationToken cancellation)
    {
        try
        {
            _faults.Reach("before-flush", node.Name);
            await node.FlushAsync(cancellation);
            _faults.Reach("after-flush", node.Name);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new NodeFailedException(node.Name, e);
        }
    }

    // A node is written if a peer's log has anything new for it, or if it has deferred keys or suspected orphans to settle.
    bool IsConcerned(IRoundNode node, StepPlan plan) =>
        _settings.RecordsAlways || plan.NodesWithChanges.Any(n => n != node.Id) || plan.States[node.Id].Deferred.Count > 0 || plan.States[node.Id].HasSuspects
        || plan.Tables.Any(t => t.Shipments.Any(s => s.Receivers.Contains(node.Id)) || t.Settlements.Any(s => s.Node == node.Id));

    static IReadOnlyCollection<int> WrittenAt(int node, StepPlan plan) =>
        [.. plan.Tables.Where(t => t.Shipments.Any(s => s.Receivers.Contains(node)) || t.Settlements.Any(s => s.Node == node) || t.Truncation?.Receivers.Contains(node) == true).Select(t => t.Table)];

    IReadOnlyCollection<int> StagedAt(int node, StepPlan plan) =>
        [.. plan.Tables.Where(t => !IsSmall(t) && t.Shipments.Any(s => s.Receivers.Contains(node))).Select(t => t.Table)];

    // What changed on a receiver and is not known to the step (after the snapshot, or behind the cut) is not overwritten, and returned, by node.
    async Task<Dictionary<int, List<PickedKey>>> ApplyTableAsync(
        TablePlan plan, Task<Dictionary<int, List<string?[]>>?>? read, IReadOnlyDictionary<int, Snapshot> known, Shipper shipper, IReadOnlyList<Receiver> receivers, CancellationToken cancellation)
    {
        var moved = receivers.ToDictionary(r => r.Node.Id, _ => new List<PickedKey>());
        var open = plan.Settlements.Select(s => s.Key).Concat(plan.Postponed.Select(p => p.Key)).Concat(plan.Behind).ToHashSet();
        foreach (var receiver in receivers)
            receiver.Node.NoteConflicts(plan.Table, plan.Overwritten.GetValueOrDefault(receiver.Node.Id) ?? [], plan.Truncated.GetValueOrDefault(receiver.Node.Id) ?? [], open);
        if (plan.Truncation is { } truncation)
        {
            await OnAllAsync(receivers.Where(r => truncation.Receivers.Contains(r.Node.Id)), "truncate", async r =>
            {
                var stayed = await r.Node.ApplyTruncationAsync(plan.Table, truncation.Winner, plan.Keep[r.Node.Id], known[r.Node.Id], plan.Log, r.Applied, cancellation);
                moved[r.Node.Id].AddRange(stayed.Select(k => new PickedKey(k, truncation.Winner)));
            }, cancellation);
        }
        var strategy = _settings.Tables.First(t => t.Table == plan.Table).Strategy;
        var rows = IsSmall(plan) ? await (read ?? shipper.ReadAsync(plan, cancellation)) : null;
        if (rows is null) await shipper.StageAsync(plan, cancellation);
        await OnAllAsync(receivers.Where(r => plan.Shipments.Any(s => s.Receivers.Contains(r.Node.Id))), "apply", async r =>
        {
            moved[r.Node.Id].AddRange(await r.Node.ApplyRowsAsync(plan.Table, rows?[r.Node.Id], known[r.Node.Id], strategy, plan.Log, r.Applied, cancellation));
        }, cancellation);
        await SettleAsync(plan, strategy, known, receivers, moved, cancellation);
        return moved;
    }

    // One node writes what has been settled. The others leave the key as it is, and have not seen what they did not take.
    static async Task SettleAsync(
        TablePlan plan, ConflictStrategy strategy, IReadOnlyDictionary<int, Snapshot> known, IReadOnlyList<Receiver> receivers, Dictionary<int, List<PickedKey>> moved, CancellationToken cancellation)
    {
        var byNode = plan.Settlements.GroupBy(s => s.Node).ToDictionary(g => g.Key, g => g.ToList());
        await OnAllAsync(receivers.Where(r => byNode.ContainsKey(r.Node.Id)), "settle", async r =>
        {
            var stayed = await r.Node.ApplySettlementsAsync(plan.Table, byNode[r.Node.Id], known[r.Node.Id], strategy, r.Applied, cancellation);
            moved[r.Node.Id].AddRange(stayed.Select(s => new PickedKey(s.Key, s.Winner)));
        }, cancellation);
    }

    bool IsSmall(TablePlan plan) => plan.Rows <= _settings.SmallRows;

    void DeferMoved(TablePlan plan, Receiver receiver, List<PickedKey> moved)
    {
        if (plan.Facts is null)
        {
            foreach (var key in moved.GroupBy(m => m.Key)) receiver.Defer(plan.Table, key.Key, key.Select(m => m.Version));
            return;
        }
        var facts = plan.Facts.First(f => f.Knowledge.Node == receiver.Node.Id);
        var movedKeys = moved.Select(m => m.Key).ToHashSet();
        var contested = plan.Settlements.Where(s => s.Node != receiver.Node.Id).Select(s => s.Key).Concat(plan.Postponed.Select(p => p.Key)).Concat(plan.Behind).ToHashSet();
        RowVersion? carriedOut = plan.Truncation is { } truncation && truncation.Receivers.Contains(receiver.Node.Id) ? truncation.Winner : null;
        foreach (var key in plan.Facts.SelectMany(f => f.Deferred.Keys).Concat(movedKeys).Concat(contested).Distinct())
        {
            receiver.Defer(plan.Table, key, Progress.Exceptions(key, facts, plan.Facts, _settings.Members, movedKeys.Contains(key) || contested.Contains(key), carriedOut));
        }
    }

    static Task OnAllAsync(IEnumerable<Receiver> receivers, string effect, Func<Receiver, Task> run, CancellationToken cancellation) =>
        Task.WhenAll(receivers.Select(r => r.TryAsync(effect, () => run(r), cancellation)));

    void Report(string activity, int? percent) => _progress?.Report(new RoundProgress(_settings.Sync, activity, percent));
}
