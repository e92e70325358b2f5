using Npgsql;

namespace Bucardo.Faults.Support;

/// <summary>
/// An application on one node. It writes rows that nobody else writes, and knows which of its transactions were acknowledged; and it takes part in the fight for the
/// table that all write.
/// </summary>
sealed class Writer(TestDatabase database, int node, int seed)
{
    const int HotRows = 12;

    // So many rows at most between two promotions.
    const int RowsOfALife = 20_000;

    // What the server says when it has certainly not committed.
    static readonly HashSet<string> s_refused =
    [
        PostgresErrorCodes.UniqueViolation, PostgresErrorCodes.ForeignKeyViolation, PostgresErrorCodes.DeadlockDetected, PostgresErrorCodes.SerializationFailure,
        PostgresErrorCodes.LockNotAvailable, PostgresErrorCodes.ReadOnlySqlTransaction, PostgresErrorCodes.DiskFull,
    ];

    readonly Random _random = new(seed * 31 + node);
    readonly Dictionary<int, (int? Code, string Note)> _items = [];
    readonly Dictionary<(int Item, int No), string> _parts = [];
    readonly Dictionary<int, (int? Code, string Note)> _keptItems = [];
    readonly Dictionary<(int Item, int No), string> _keptParts = [];
    readonly HashSet<int> _unsure = [];
    readonly HashSet<int> _unchecked = [];
    readonly SemaphoreSlim _turn = new(1);
    NpgsqlConnection? _connection;
    Change? _doubtful;
    bool _mayLose;
    int _mark = (node + 1) * 1_000_000;
    int _next = (node + 1) * 1_000_000;
    int _version;

    /// <summary>Where it writes.</summary>
    public int Node => node;

    /// <summary>How many transactions were acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>How many failed.</summary>
    public int Failed { get; private set; }

    /// <summary>How often the shared tables are written, of a hundred statements.</summary>
    public int HotShare { get; init; } = 25;

    /// <summary>Whether there is a table whose rows refer to those that all fight for.</summary>
    public bool HasWarm { get; init; }

    /// <summary>Writes until cancelled; goes on when the node comes back.</summary>
    public async Task RunAsync(TimeSpan pause, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await WriteAsync();
            await Task.Delay(pause * _random.NextDouble() * 2, CancellationToken.None);
        }
        await CloseAsync();
    }

    /// <summary>From here on the server may lose what it acknowledges.</summary>
    /// <param name="sinceCheck">And what it has acknowledged since everything was compared.</param>
    public Task DoubtAsync(bool sinceCheck = false) => InTurnAsync(() =>
    {
        _mayLose = true;
        if (sinceCheck) _unsure.UnionWith(_unchecked);
        return Task.CompletedTask;
    });

    /// <summary>
    /// The server loses what it has acknowledged since <see cref="DoubtAsync"/>, or the others give it back: either is right. This writer then leaves all rows that
    /// it has written alone, and goes on with new ones; those that it did not touch meanwhile stay what they were.
    /// </summary>
    public Task LoseAsync(Func<Task> lose) => InTurnAsync(async () =>
    {
        await CloseAsync();
        await lose();
        if (_doubtful is not null) _unsure.UnionWith(_doubtful.Rows);
        foreach (var (id, row) in _items.Where(i => !_unsure.Contains(i.Key))) _keptItems[id] = row;
        foreach (var (key, note) in _parts.Where(p => !_unsure.Contains(p.Key.Item))) _keptParts[key] = note;
        _items.Clear();
        _parts.Clear();
        (_doubtful, _mayLose) = (null, false);
        _next = _mark += RowsOfALife;
    });

    /// <summary>Whether nobody can say what became of a row.</summary>
    public bool IsUnsure(int item) => _unsure.Contains(item);

    /// <summary>Whether there is any such row.</summary>
    public bool HasUnsure => _unsure.Count > 0;

    /// <summary>Writes one transaction.</summary>
    public Task WriteAsync() => InTurnAsync(TryWriteAsync);

    async Task InTurnAsync(Func<Task> action)
    {
        await _turn.WaitAsync();
        try
        {
            await action();
        }
        finally
        {
            _turn.Release();
        }
    }

    async Task TryWriteAsync()
    {
        Change? change = null;
        try
        {
            _connection ??= await database.OpenAsync();
            await ResolveAsync();
            change = Next();
            await using var command = new NpgsqlCommand(change.Sql, _connection) { CommandTimeout = 30 };
            await command.ExecuteNonQueryAsync();
            Accept(change);
            Acknowledged++;
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            Failed++;
            // Sent, but nobody knows what became of it: the next connection looks.
            if (change is not null && (e as PostgresException is not { } refusal || !s_refused.Contains(refusal.SqlState))) _doubtful = change;
            await CloseAsync();
            if (e is not PostgresException) await Task.Delay(100);
        }
    }

    /// <summary>Fails if a node lacks anything that was acknowledged here. All nodes are equal, so one is enough.</summary>
    public async Task CheckAsync(FaultWorld world)
    {
        if (_doubtful is not null)
        {
            _connection ??= await database.OpenAsync();
            await ResolveAsync();
            await CloseAsync();
        }
        var (low, high) = ((node + 1) * 1_000_000, (node + 2) * 1_000_000);
        var items = (await world.Nodes[^1].QueryAsync($"SELECT id, code, note FROM item WHERE id >= {low} AND id < {high}")).ToDictionary(r => (int)r[0]!, r => ((int?)r[1], (string)r[2]!));
        var parts = (await world.Nodes[^1].QueryAsync($"SELECT item, no, note FROM part WHERE item >= {low} AND item < {high}")).ToDictionary(r => ((int)r[0]!, (int)r[1]!), r => (string)r[2]!);
        Compare("item", [.. _items, .. _keptItems], items, i => i);
        Compare("part", [.. _parts, .. _keptParts], parts, p => p.Item1);
        _unchecked.Clear();

        void Compare<TKey, TValue>(string table, List<KeyValuePair<TKey, TValue>> known, Dictionary<TKey, TValue> found, Func<TKey, int> item) where TKey : notnull
        {
            var expected = known.ToDictionary();
            var wrong = expected.Keys.Union(found.Keys).Where(k => !_unsure.Contains(item(k))).Where(k => !expected.TryGetValue(k, out var e) || !found.TryGetValue(k, out var f) || !Equals(e, f)).Take(5)
                .Select(k => $"{k}: {(expected.TryGetValue(k, out var e) ? e : "deleted")} was acknowledged, {(found.TryGetValue(k, out var f) ? f : "nothing")} is there");
            Assert.True(!wrong.Any(), $"table {table}, what was written on n{node + 1}: {string.Join("; ", wrong)}\n{world.Log()}");
        }
    }

    async Task CloseAsync()
    {
        if (_connection is null) return;
        await _connection.DisposeAsync();
        _connection = null;
    }

    // Each transaction leaves a mark in a row of the writer's own.
    async Task ResolveAsync()
    {
        if (_doubtful is null) return;
        await using var command = new NpgsqlCommand($"SELECT note FROM item WHERE id = {_mark}", _connection);
        if ((string?)await command.ExecuteScalarAsync() == $"v{_doubtful.Version}") Accept(_doubtful);
        _doubtful = null;
    }

    void Accept(Change change)
    {
        _unchecked.UnionWith(change.Rows);
        if (_mayLose) _unsure.UnionWith(change.Rows);
        foreach (var (id, row) in change.Items)
        {
            if (row is { } present) _items[id] = present;
            else _items.Remove(id);
        }
        foreach (var (key, note) in change.Parts)
        {
            if (note is null) _parts.Remove(key);
            else _parts[key] = note;
        }
    }

    Change Next()
    {
        var change = new Change(++_version);
        change.Add($"INSERT INTO item VALUES ({_mark}, {_mark}, 'v{_version}') ON CONFLICT (id) DO UPDATE SET note = excluded.note");
        change.Items[_mark] = (_mark, $"v{_version}");
        // One statement a row and transaction keeps the model simple.
        for (var i = _random.Next(1, 5); i > 0; i--)
        {
            if (_random.Next(100) < HotShare) change.Add(Hot());
            else if (_random.Next(3) == 0) WritePart(change);
            else WriteItem(change);
        }
        return change;
    }

    void WriteItem(Change change)
    {
        var note = $"n{node + 1} v{_version}";
        var known = _items.Keys.Where(k => !change.Items.ContainsKey(k) && !change.Parts.Keys.Any(p => p.Item1 == k)).ToList();
        var id = known.Count == 0 || _random.Next(100) < 40 ? ++_next : known[_random.Next(known.Count)];
        if (id == _next)
        {
            change.Add($"INSERT INTO item VALUES ({id}, {id}, '{note}')");
            change.Items[id] = (id, note);
            return;
        }
        var parts = _parts.Where(p => p.Key.Item == id).ToList();
        switch (_random.Next(5))
        {
            case 0:
                change.Add($"DELETE FROM part WHERE item = {id}; DELETE FROM item WHERE id = {id}");
                change.Items[id] = null;
                foreach (var (key, _) in parts) change.Parts[key] = null;
                break;
            case 1:
                // Its parts follow: by themselves, where they refer to it.
                var moved = ++_next;
                change.Add($"UPDATE item SET id = {moved}, note = '{note}' WHERE id = {id}; UPDATE part SET item = {moved} WHERE item = {id}");
                change.Items[moved] = (_items[id].Code, note);
                change.Items[id] = null;
                foreach (var (key, text) in parts) (change.Parts[key], change.Parts[(moved, key.No)]) = (null, text);
                break;
            case 2:
                // Its code becomes free, and may be taken by a new row later.
                change.Add($"UPDATE item SET code = NULL, note = '{note}' WHERE id = {id}");
                change.Items[id] = (null, note);
                break;
            default:
                change.Add($"UPDATE item SET note = '{note}' WHERE id = {id}");
                change.Items[id] = (_items[id].Code, note);
                break;
        }
    }

    void WritePart(Change change)
    {
        var note = $"n{node + 1} v{_version}";
        var items = _items.Keys.Where(k => !change.Items.ContainsKey(k)).Order().TakeLast(20).ToList();
        if (items.Count == 0) return;
        var key = (items[_random.Next(items.Count)], _random.Next(8));
        if (change.Parts.ContainsKey(key)) return;
        if (_parts.ContainsKey(key) && _random.Next(3) == 0)
        {
            change.Add($"DELETE FROM part WHERE item = {key.Item1} AND no = {key.Item2}");
            change.Parts[key] = null;
            return;
        }
        change.Add($"INSERT INTO part VALUES ({key.Item1}, {key.Item2}, '{note}') ON CONFLICT (item, no) DO UPDATE SET note = excluded.note");
        change.Parts[key] = note;
    }

    string Hot()
    {
        int Id() => _random.Next(1, HotRows + 1);
        if (HasWarm && _random.Next(3) == 0) return Warm(Id(), Id());
        return _random.Next(10) switch
        {
            < 4 => $"INSERT INTO hot VALUES ({Id()}, {_random.Next(1, 40)}, 'n{node + 1} v{_version}') ON CONFLICT (id) DO UPDATE SET note = excluded.note",
            < 7 => $"UPDATE hot SET note = 'n{node + 1} v{_version}' WHERE id = {Id()}",
            7 => $"UPDATE hot SET code = {_random.Next(1, 40)} WHERE id = {Id()}",
            8 => $"UPDATE hot SET id = {Id()} WHERE id = {Id()}",
            _ => _random.Next(8) == 0 ? $"TRUNCATE hot{(HasWarm ? ", warm" : "")}" : $"DELETE FROM hot WHERE id = {Id()}",
        };
    }

    string Warm(int id, int hot) => _random.Next(6) switch
    {
        < 3 => $"INSERT INTO warm SELECT {id}, id, id, {_random.Next(1, 40)}, 'n{node + 1} v{_version}' FROM hot WHERE id = {hot} ON CONFLICT (id) DO UPDATE SET hot = excluded.hot, note = excluded.note",
        3 => $"UPDATE warm SET other = (SELECT max(id) FROM hot) WHERE id <= {id}",
        4 => $"UPDATE warm SET code = NULL, note = 'n{node + 1} v{_version}' WHERE id = {id}",
        _ => $"DELETE FROM warm WHERE id = {id}",
    };

    sealed class Change(int version)
    {
        readonly List<string> _statements = [];

        public int Version => version;

        public string Sql => $"BEGIN; {string.Join("; ", _statements)}; COMMIT";

        public Dictionary<int, (int? Code, string Note)?> Items { get; } = [];

        public Dictionary<(int, int), string?> Parts { get; } = [];

        public IEnumerable<int> Rows => Items.Keys.Concat(Parts.Keys.Select(k => k.Item1));

        public void Add(string statement) => _statements.Add(statement);
    }
}
