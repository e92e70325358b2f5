using System.Globalization;
using Npgsql;

namespace Bucardo.Faults.Support;

/// <summary>What sessions on the nodes do to each other and to rounds: locks, transactions that stay open, columns that change, writes against the order in which rounds lock.</summary>
sealed class DatabaseFaults(FaultWorld world, Random random)
{
    // Beyond the rows of all writers.
    const int FirstLate = 900_000_000;

    static int s_late;

    readonly List<NpgsqlConnection> _held = [];
    readonly List<(NpgsqlConnection Connection, int Id)> _open = [];
    readonly List<int> _late = [];
    readonly HashSet<string> _changed = [];
    readonly List<Task> _writing = [];

    string AnyTable() => world.Tables[random.Next(world.Tables.Count)];

    public Task<string> LockTableAsync(int node) => HoldAsync(node, $"LOCK TABLE {AnyTable()} IN ACCESS EXCLUSIVE MODE");

    public Task<string> LockRowsAsync(int node) => HoldAsync(node, "UPDATE hot SET note = note; SELECT pg_current_xact_id()");

    /// <summary>A source's transaction stays open, and is committed at the end.</summary>
    public async Task<string> LeaveOpenAsync(int node)
    {
        var id = FirstLate + Interlocked.Increment(ref s_late);
        if (!world.IsSource(node)) return "no open transaction on a target";
        if (await OpenAsync(node, $"INSERT INTO item (id, note) VALUES ({id}, 'late')") is not { } connection) return $"no open transaction on n{node + 1}";
        _open.Add((connection, id));
        return $"a transaction stays open on n{node + 1}";
    }

    /// <summary>A column comes or goes on one node; at the end on the others, too.</summary>
    public async Task<string> ChangeColumnsAsync(int node)
    {
        var table = AnyTable();
        if (!_changed.Add(table)) return $"{table} has changed already";
        try
        {
            var adds = !await HasExtraAsync(node, table);
            await AlterAsync(node, table, adds);
            return $"n{node + 1}: column {(adds ? "added to" : "dropped from")} {table}";
        }
        catch (NpgsqlException e)
        {
            return $"no change of columns on n{node + 1} ({e.Message})";
        }
    }

    /// <summary>Transactions that lock against the order in which rounds do.</summary>
    public Task<string> WriteBackwardsAsync(int node)
    {
        if (!world.IsSource(node)) return Task.FromResult("nobody writes backwards on a target");
        _writing.Add(Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                try
                {
                    await world.Nodes[node].ExecuteAsync(
                        "SET lock_timeout = '5s'; DO $$ DECLARE r int; BEGIN FOR r IN SELECT id FROM hot ORDER BY id DESC LOOP UPDATE hot SET note = 'backwards' WHERE id = r; PERFORM pg_sleep(0.02); END LOOP; END $$");
                }
                catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
                {
                    // It lost a deadlock, or the server is down.
                }
            }
        }));
        return Task.FromResult($"writes backwards on n{node + 1}");
    }

    public async Task HealAsync()
    {
        foreach (var connection in _held) await connection.DisposeAsync();
        _held.Clear();
        foreach (var (connection, id) in _open)
        {
            try
            {
                await using (connection)
                await using (var commit = new NpgsqlCommand("COMMIT", connection)) await commit.ExecuteNonQueryAsync();
                _late.Add(id);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException)
            {
                // Its server has crashed meanwhile, and the transaction with it.
            }
        }
        _open.Clear();
        await Task.WhenAll(_writing);
        _writing.Clear();
        foreach (var table in _changed) await Patience.UntilAsync(() => AgreeAsync(table));
        _changed.Clear();
    }

    public async Task CheckAsync()
    {
        if (_late.Count == 0) return;
        var there = (await world.Nodes[^1].QueryAsync($"SELECT id FROM item WHERE id > {FirstLate}")).Select(r => (int)r[0]!).ToHashSet();
        Assert.True(_late.All(there.Contains), $"transactions that were open for long are missing: {string.Join(", ", _late.Where(l => !there.Contains(l)))}\n{world.Log()}");
    }

    // Every node has it in the end, or none.
    async Task AgreeAsync(string table)
    {
        var has = await Task.WhenAll(Enumerable.Range(0, world.Nodes.Count).Select(n => HasExtraAsync(n, table)));
        if (has.Distinct().Count() == 1) return;
        var adds = random.Next(2) == 0;
        for (var node = 0; node < has.Length; node++)
            if (has[node] != adds) await AlterAsync(node, table, adds);
    }

    Task<bool> HasExtraAsync(int node, string table) =>
        world.Nodes[node].ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attname = 'extra' AND NOT attisdropped)");

    Task AlterAsync(int node, string table, bool adds) =>
        world.Nodes[node].ExecuteAsync($"SET lock_timeout = '2s'; ALTER TABLE {table} {(adds ? "ADD COLUMN IF NOT EXISTS extra int DEFAULT 7" : "DROP COLUMN IF EXISTS extra")}");

    async Task<string> HoldAsync(int node, string sql)
    {
        if (await OpenAsync(node, sql) is not { } connection) return $"no lock on n{node + 1}";
        _held.Add(connection);
        return $"on n{node + 1}: {sql}";
    }

    async Task<NpgsqlConnection?> OpenAsync(int node, string sql)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await world.Nodes[node].OpenAsync();
            await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"SET lock_timeout = '3s'; BEGIN; {sql}"), connection);
            await command.ExecuteNonQueryAsync();
            return connection;
        }
        catch (NpgsqlException)
        {
            if (connection is not null) await connection.DisposeAsync();
            return null;
        }
    }
}
