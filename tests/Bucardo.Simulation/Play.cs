using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Simulation;

/// <summary>Plays a script with the product's own rounds, heals everything, and checks what is left.</summary>
sealed class Play
{
    const int HealingRounds = 5;

    readonly Script _script;
    readonly Breakage _breakage;
    readonly World _world;
    readonly List<MemoryNode> _nodes;
    readonly Dictionary<string, Daemon> _paused = [];
    RoundSettings _settings;
    readonly Action<string>? _trace;
    string? _problem;

    // The nodes of a whole round in which nothing went wrong, as long as nothing else has happened since.
    IReadOnlyList<int>? _level;

    Play(Script script, Breakage breakage, Action<string>? trace)
    {
        (_script, _breakage, _trace) = (script, breakage, trace);
        var keys = script.Statements.SelectMany(s => new[] { (s.Table, s.Key), (s.Table, Key: s.To) }).Where(k => k.Key is not null).Distinct();
        _world = new World(keys.GroupBy(k => k.Table).ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.Select(k => k.Key!).Order(StringComparer.Ordinal)]), isInSteps: script.Step < 1000);
        _nodes = [.. script.Roles.Select((role, i) => new MemoryNode(i + 1, role == 's', script.EveryNodeLogs, script.Skew[i], _world))];
        _settings = new RoundSettings
        {
            Sync = "s", Members = [.. _nodes.Select(n => n.Id)], Tables = Tables(script.Strategies), EveryNodeLogs = script.EveryNodeLogs, MaximumChanges = script.Step, SmallRows = int.MaxValue,
        };
    }

    /// <summary>What went wrong; null when nothing did. Everything happens on this thread, in one order.</summary>
    /// <param name="script">What happens.</param>
    /// <param name="breakage">In what way the algorithm is broken.</param>
    /// <param name="trace">Hears what the nodes look like after every event.</param>
    public static string? Run(Script script, Breakage? breakage = null, Action<string>? trace = null)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return new Play(script, breakage ?? Breakage.None, trace).Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    IReadOnlyList<TableRules> Tables(IReadOnlyList<string> strategies) =>
        [new TableRules(1, "t1", Strategies.Parse(strategies[0], _nodes, _breakage)), new TableRules(2, "t2", Strategies.Parse(strategies[^1], _nodes, _breakage))];

    string? Run()
    {
        foreach (var what in _script.Events)
        {
            Perform(what);
            if (Problem is not null) return Problem;
        }
        return Heal() ?? Problem ?? new Verdict(_script, _nodes, _world).Problem();
    }

    string? Problem => _problem ?? _world.Lineage.Problem;

    void Perform(Event what)
    {
        _world.Pass();
        _trace?.Invoke(ScriptText.Print(what));
        var level = _level;
        _level = null;
        switch (what)
        {
            case UserEvent user: Node(user.Node).Write(user.Statements, user.StaysOpen); break;
            case EndEvent end: Node(end.Node).EndOldest(end.Commits); break;
            case CrashEvent crash: Node(crash.Node).Crash(); break;
            case LagEvent lag: Node(lag.Node).LeaveStandbyBehind(); break;
            case FailoverEvent failover when _script.EveryNodeLogs:
                Node(failover.Node).FailOver();
                _world.Lineage.Lose(failover.Node, _nodes);
                // What was lost and comes back has a name of its own: who had seen it does not know it again, and only the times tell which was first (docs/guarantees.md).
                _world.Lineage.IsOrderKept &= _script.RanksByTime && _script.Statements.All(s => s.Kind != StatementKind.Truncate);
                break;
            case PurgeEvent purge:
                foreach (var node in _nodes) node.SendStandbyAll();
                foreach (var id in purge.Nodes) Node(id).Purge([.. purge.Nodes.Select(Node)], _breakage.Acknowledgers(_settings.Members, purge.Nodes), _breakage.Floor);
                break;
            case RoundEvent round: Begin(round, level); break;
            case ResumeEvent resume when _paused.Remove(resume.Daemon, out var daemon):
                daemon.Resume();
                Look(daemon);
                break;
        }
        TraceNodes();
    }

    void TraceNodes()
    {
        if (_trace is null) return;
        foreach (var node in _nodes) _trace($"    {node}");
    }

    MemoryNode Node(int id) => _nodes[id - 1];

    void Begin(RoundEvent round, IReadOnlyList<int>? level)
    {
        if (_paused.Remove(round.Daemon, out var before)) before.Die();
        if (round.Nodes.Count < 2 || !round.Nodes.Any(n => Node(n).IsSource)) return;
        var daemon = new Daemon(round, Perform, _trace);
        var nodes = new List<IRoundNode>();
        foreach (var id in round.Nodes)
        {
            var session = new MemorySession(Node(id));
            daemon.Add(session);
            nodes.Add(new ScriptedNode(_breakage.Wrap(session), session, daemon));
        }
        var run = new Round(_settings with { Receiving = round.Receiving.Count > 0 ? round.Receiving.ToHashSet() : null }, nodes);
        daemon.Start(() => round.IsStep ? run.RunStepAsync(default) : run.RunAsync(default));
        if (Look(daemon) is not { Problems.Count: 0 } result) return;
        if (round.During.Count == 0 && round.Receiving.Count == 0 && level is not null && level.SequenceEqual(round.Nodes) && IsMoving(result)) _problem ??= "a round sends again what the same nodes sent in the round just before";
        if (!round.IsStep && round.During.Count == 0 && round.Receiving.Count == 0) _level = round.Nodes;
    }

    static bool IsMoving(RoundResult result) => result.Inserts + result.Updates + result.Deletes + result.Truncates + result.Settled > 0;

    // Paused, or ended: then in one of the ways in which rounds may end.
    RoundResult? Look(Daemon daemon)
    {
        if (daemon.Ended is not { } ended)
        {
            _paused[daemon.Name] = daemon;
            return null;
        }
        daemon.Close();
        switch (ended.Exception?.InnerException)
        {
            case null: return ended.Result;
            case NodeFailedException { InnerException: IOException or TimeoutException or StaleRoundException }: return null;
            case ConflictAbortException: return null;
            case IOException when daemon.IsDead: return null;
            case { } error: _problem ??= $"the round broke down: {error.Message}"; return null;
        }
    }

    string? Heal()
    {
        foreach (var daemon in _paused.Values) daemon.Die();
        foreach (var node in _nodes)
            while (node.EndOldest(commit: true)) { }
        if (_script.Strategies.Any(s => s.EndsWith("abort", StringComparison.Ordinal))) _settings = _settings with { Tables = Tables(["bucardo_latest"]) };
        if (Meet() is { } problem) return problem;
        if (_script.Strategies.Any(s => s.EndsWith("skip", StringComparison.Ordinal)))
        {
            // A conflict that was skipped waits for the next change of its row.
            foreach (var table in new[] { 1, 2 })
                foreach (var key in _world.KeysOf(table)) Node(1).Write([new Statement(StatementKind.Put, table, key)], staysOpen: false);
            if (Meet() is { } second) return second;
        }
        return null;
    }

    // All nodes meet until nothing moves any more.
    string? Meet()
    {
        for (var i = 0; ; i++)
        {
            _world.Pass();
            var daemon = new Daemon(new RoundEvent("H", false, [], []), Perform, _trace);
            var sessions = _nodes.Select(n => new MemorySession(n)).ToList();
            foreach (var session in sessions) daemon.Add(session);
            var round = new Round(_settings, [.. sessions.Select(s => new ScriptedNode(_breakage.Wrap(s), s, daemon))]);
            daemon.Start(() => round.RunAsync(default));
            var result = Look(daemon);
            TraceNodes();
            if (Problem is not null) return Problem;
            if (result is null) return "a round of all nodes is given up though nothing is wrong";
            if (result.Problems.Count > 0) return $"a round of all nodes fails on {result.Problems[0].Database} though nothing is wrong: {result.Problems[0].Message}";
            if (!IsMoving(result) && result.Deferred == 0) return null;
            if (i == HealingRounds) return "rounds of all nodes still move rows though nobody writes any more";
        }
    }
}
