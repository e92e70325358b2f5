using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Simulation;

/// <summary>What may happen in a history.</summary>
sealed record HistoryRules
{
    public bool Truncates { get; init; }
    public bool OpenTransactions { get; init; }
    public bool Steps { get; init; }
    public string Strategy { get; init; } = "bucardo_latest";
    public string? Roles { get; init; }
}

/// <summary>
/// A random history of in-memory nodes: users write, some nodes meet in rounds, receivers fail, users write in the middle of a round. At the end all meet.
/// </summary>
sealed class History : IFaultPoints
{
    readonly Random _random;
    readonly HistoryRules _rules;
    readonly List<MemoryNode> _nodes = [];
    readonly RoundSettings _settings;
    readonly int _keys;
    long _clock = 1;
    int _value;
    bool _calm;

    public List<string> Trace { get; } = [];

    public History(int seed, HistoryRules rules)
    {
        (_random, _rules) = (new Random(seed), rules);
        var roles = rules.Roles ?? new string([.. Enumerable.Range(0, _random.Next(2, 6)).Select(i => i == 0 || _random.Next(4) > 0 ? 's' : 't')]);
        var everyNodeLogs = roles.Length > 2 && roles.Count(r => r == 's') > 1;
        for (var i = 0; i < roles.Length; i++) _nodes.Add(new MemoryNode(i + 1, roles[i] == 's', everyNodeLogs));
        _keys = _random.Next(1, 4);
        var origins = _nodes.ToDictionary(n => n.Name, n => n.Id);
        int[] sources = [.. _nodes.Where(n => n.IsSource).Select(n => n.Id)];
        var strategy = ConflictStrategy.Parse(rules.Strategy, origins, sources);
        _settings = new RoundSettings
        {
            Sync = "s", Members = [.. _nodes.Select(n => n.Id)], Tables = [new(1, "t1", strategy), new(2, "t2", strategy)], EveryNodeLogs = everyNodeLogs,
            MaximumChanges = rules.Steps ? _random.Next(1, 5) : 1000, SmallRows = int.MaxValue,
        };
        Trace.Add($"roles {roles}, {_keys} keys, steps of {_settings.MaximumChanges}");
    }

    /// <summary>Plays the history; null when all ended well, else what did not.</summary>
    public async Task<string?> PlayAsync()
    {
        var steps = _random.Next(3, 35);
        for (var i = 0; i < steps; i++)
        {
            if (_random.NextDouble() < .6) Write(_nodes[_random.Next(_nodes.Count)]);
            else if (_random.Next(5) > 0) await RoundAsync([.. _nodes.Where(_ => _random.Next(10) < 7)]);
            else Purge();
        }
        _calm = true;
        foreach (var node in _nodes)
            while (node.HasOpen) node.EndOldest(_random.Next(4) > 0);
        for (var i = 0; i < 5; i++) await RoundAsync(_nodes);
        return Check();
    }

    string? Check()
    {
        foreach (var node in _nodes)
            if (!node.Rows.SequenceEqual(_nodes[0].Rows)) return $"n1 has {string.Join(' ', _nodes[0].Rows)}; {node.Name} has {string.Join(' ', node.Rows)}";
        // A transaction that stays open takes effect when it commits, whatever the time of its changes.
        if (_rules.Strategy != "bucardo_latest" || _rules.OpenTransactions) return null;
        // With one clock for all, the last write of a key is what must be left of it.
        var written = _nodes.SelectMany(n => n.Written).ToList();
        foreach (var table in new[] { 1, 2 })
        {
            foreach (var key in Enumerable.Range(0, _keys).Select(k => "k" + k))
            {
                var last = written.Where(w => w.Table == table && (w.Key is null || w.Key == key)).OrderBy(w => w.Version.At).LastOrDefault();
                var expected = last.Key is null ? null : _values.GetValueOrDefault((last.Version, table, key));
                var found = _nodes[0].Rows.FirstOrDefault(r => r.StartsWith($"{table}/{key}=", StringComparison.Ordinal))?.Split('=')[1];
                if (found != expected) return $"{table}/{key} is {found ?? "gone"} but the last write made it {expected ?? "gone"}";
            }
        }
        return null;
    }

    void Purge()
    {
        List<MemoryNode> online = [.. _nodes.Where(_ => _random.Next(10) < 8)];
        foreach (var node in online) node.Purge(online, _settings.Members);
        Trace.Add($"purge among {string.Join(' ', online.Select(n => n.Name))}");
    }

    readonly Dictionary<(RowVersion, int, string), string?> _values = [];

    void Write(MemoryNode node)
    {
        if (!node.IsSource) return;
        if (node.HasOpen && _random.Next(3) == 0)
        {
            node.EndOldest(_random.Next(4) > 0);
            Trace.Add($"  {node.Name} ends its oldest transaction");
            return;
        }
        var at = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(_clock++);
        var writes = new List<(int, string?, string?)>();
        for (var i = _random.Next(1, 3); i > 0; i--)
        {
            var table = _random.Next(1, 3);
            if (writes.Any(w => w.Item1 == table && (w.Item2 is not null || _random.Next(2) == 0))) continue;
            if (_rules.Truncates && _random.Next(6) == 0) writes.Add((table, null, null));
            else writes.Add((table, "k" + _random.Next(_keys), _random.Next(3) == 0 ? null : $"v{++_value}"));
        }
        var before = node.Written.Count;
        var stayOpen = _rules.OpenTransactions && !_calm && _random.Next(4) == 0;
        var done = node.Write(at, stayOpen, [.. writes]);
        Trace.Add($"  {node.Name} {(done ? stayOpen ? "opens" : "writes" : "would wait for")} {string.Join(", ", writes.Select(w => $"{w.Item1}/{w.Item2 ?? "TRUNCATE"}={w.Item3}"))}");
        if (!done) return;
        foreach (var (table, key, value) in writes)
        {
            // The last write of a key in a transaction is what it makes of the row.
            var xid = node.LastXid;
            if (key is not null) _values[(new RowVersion(node.Id, xid, at), table, key)] = value;
            else for (var k = 0; k < _keys; k++) _values[(new RowVersion(node.Id, xid, at), table, "k" + k)] = null;
        }
    }

    async Task RoundAsync(IReadOnlyList<MemoryNode> online)
    {
        if (online.Count < 2 || !online.Any(n => n.IsSource)) return;
        Trace.Add($"round of {string.Join(' ', online.Select(n => n.Name))}");
        try
        {
            var round = new Round(_settings, online, this);
            var result = await (_calm ? round.RunAsync(default) : round.RunStepAsync(default));
            Trace.Add($"  deferred {result.Deferred}, conflicts {result.Conflicts}; {string.Join(' ', result.Problems.Select(p => $"{p.Database}: {p.Message}"))}");
        }
        catch (NodeFailedException e)
        {
            Trace.Add("  given up: " + e.Message);
        }
    }

    public void Reach(string point, string node)
    {
        if (_calm) return;
        var here = _nodes.First(n => n.Name == node);
        while (_random.Next(8) == 0)
        {
            Trace.Add($"  at {point} on {node}:");
            Write(here);
        }
        if (_random.Next(40) == 0)
        {
            Trace.Add($"  {node} fails at {point}");
            throw new IOException("lost");
        }
    }
}
