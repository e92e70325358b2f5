namespace Bucardo.Simulation;

/// <summary>Makes a script out of a number. Which kinds of events there are at all differs from script to script, so that the simple ones come up alone too.</summary>
sealed class ScriptGenerator
{
    readonly Random _random;
    readonly Random _other;
    readonly string _roles;
    readonly int _keys;
    readonly bool _truncates, _moves, _opens, _crashes, _faults, _secondDaemon, _apart;
    readonly List<string> _paused = [];

    // What has come later draws from numbers of its own, so that a script of a number stays what it was but for that.
    ScriptGenerator(Random random, Random other)
    {
        (_random, _other) = (random, other);
        _apart = other.Next(3) == 0;
        var count = OneIn(3) ? 2 : _random.Next(3, 6);
        _roles = new string([.. Enumerable.Range(0, count).Select(i => i == 0 || !OneIn(4) ? 's' : 't')]);
        _keys = _random.Next(1, 4);
        (_truncates, _moves, _opens, _crashes, _faults, _secondDaemon) = (OneIn(3), OneIn(3), OneIn(2), OneIn(4), !OneIn(4), OneIn(3));
    }

    /// <summary>The script of a number; the same number and strategies, the same script.</summary>
    public static Script Generate(int seed, IReadOnlyList<string> strategies)
    {
        var script = new ScriptGenerator(new Random(seed), new Random(~seed)).Script(strategies);
        return script.EveryNodeLogs ? FailOver(script, new Random(seed ^ 0x2545F491)) : script;
    }

    // In one script of four.
    static Script FailOver(Script script, Random random)
    {
        if (random.Next(4) != 0) return script;
        var events = script.Events.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var node = random.Next(script.Roles.Length) + 1;
            var at = random.Next(events.Count + 1);
            events.Insert(at, new LagEvent(node));
            var end = random.Next(at + 1, Math.Min(at + 12, events.Count) + 1);
            if (random.Next(2) == 0 && end < events.Count && events[end] is RoundEvent round)
                events[end] = round with { During = [.. round.During, new PointEvent(new Point(random.Next(2) == 0, Simulation.Script.Effects[random.Next(Simulation.Script.Effects.Count)], round.Nodes[random.Next(round.Nodes.Count)], 1), new FailoverEvent(node))] };
            else events.Insert(end, new FailoverEvent(node));
        }
        return script with { Events = events };
    }

    bool OneIn(int n) => _random.Next(n) == 0;

    Script Script(IReadOnlyList<string> strategies)
    {
        var (step, skewed) = (OneIn(2) ? 1000 : _random.Next(1, 5), OneIn(2));
        IReadOnlyList<int> skew = [.. _roles.Select(_ => skewed ? _random.Next(-8, 9) : 0)];
        var events = Enumerable.Range(0, _random.Next(3, 35)).Select(_ => Event()).ToList();
        return new Script { Roles = _roles, Strategies = strategies, Step = step, Skew = skew, Events = events };
    }

    Event Event()
    {
        if (_paused.Count > 0 && OneIn(5)) return Resume();
        if (_crashes && OneIn(20)) return new CrashEvent(Node());
        return _random.Next(100) switch
        {
            < 60 => User(Source()),
            < 93 => Round(),
            _ => new PurgeEvent(Subset(8)),
        };
    }

    int Node() => _random.Next(_roles.Length) + 1;

    int Source()
    {
        var sources = Enumerable.Range(1, _roles.Length).Where(n => _roles[n - 1] == 's').ToList();
        return sources[_random.Next(sources.Count)];
    }

    List<int> Subset(int inTen)
    {
        var nodes = Enumerable.Range(1, _roles.Length).Where(_ => _random.Next(10) < inTen).ToList();
        return nodes.Count >= 2 ? nodes : [.. Enumerable.Range(1, _roles.Length)];
    }

    Event User(int node)
    {
        if (_opens && OneIn(4)) return new EndEvent(node, !OneIn(4));
        return new UserEvent(node, _opens && OneIn(4), [.. Enumerable.Range(0, _random.Next(1, 4) / 2 + 1).Select(_ => Statement())]);
    }

    Statement Statement()
    {
        var (table, key) = (_random.Next(1, 3), $"k{_random.Next(_keys)}");
        if (_truncates && OneIn(6)) return new Statement(StatementKind.Truncate, table);
        if (_moves && _keys > 1 && OneIn(4)) return new Statement(StatementKind.Move, table, key, $"k{(int.Parse(key[1..]) + 1) % _keys}");
        return new Statement(OneIn(3) ? StatementKind.Delete : StatementKind.Put, table, key);
    }

    ResumeEvent Resume()
    {
        var daemon = _paused[_random.Next(_paused.Count)];
        _paused.Remove(daemon);
        return new ResumeEvent(daemon);
    }

    RoundEvent Round()
    {
        var daemon = _secondDaemon && OneIn(2) ? "B" : "A";
        var (nodes, during) = (Subset(7), new List<PointEvent>());
        while (_faults && during.Count < 5 && OneIn(2)) during.Add(Inside(nodes[_random.Next(nodes.Count)]));
        _paused.Remove(daemon);
        if (during.Any(d => d.What is PauseEvent)) _paused.Add(daemon);
        return new RoundEvent(daemon, OneIn(2), nodes, during) { Receiving = _apart && _other.Next(3) == 0 ? [.. nodes.Where(_ => _other.Next(2) == 0)] : [] };
    }

    PointEvent Inside(int node)
    {
        var point = new Point(OneIn(2), Simulation.Script.Effects[_random.Next(Simulation.Script.Effects.Count)], node, OneIn(3) ? _random.Next(2, 5) : 1);
        return new PointEvent(point, _random.Next(100) switch
        {
            < 20 => new LostEvent(),
            < 26 => new DieEvent(),
            < 40 when _secondDaemon => new PauseEvent(),
            < 44 when _crashes => new CrashEvent(Node()),
            _ => User(OneIn(2) && _roles[node - 1] == 's' ? node : Source()),
        });
    }
}
