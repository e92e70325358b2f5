using System.Globalization;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>The reading half of a PostgreSQL node: one REPEATABLE READ transaction on a connection of its own.</summary>
sealed class PgNodeReader(NpgsqlConnection connection, int node, int sync, TableFingerprints fingerprints, long epoch, bool tellsLog, bool looksOnly = false)
{
    const int MostKeyColumns = 32;

    NpgsqlTransaction? _transaction;
    bool _hasPick = looksOnly;
    HashSet<int> _written = [];
    bool _hasTruncations;

    public async Task<NodeState> BeginAsync(bool looksAtAll, CancellationToken cancellation)
    {
        if (!_hasPick)
        {
            var keys = string.Join(", ", Enumerable.Range(1, MostKeyColumns).Select(i => $"k{i} text"));
            await connection.ExecuteAsync(SqlText.Load("Replication/Sql/pick.sql", ("keys", keys)), cancellation);
            _hasPick = true;
        }
        _transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Part(SqlText.Load("Replication/Sql/node_state.sql", ("copying", NodeCopyLock.Class), ("written", tellsLog ? SqlText.Load("Replication/Sql/written.sql") : "NULL"))),
                Part("SELECT origin, snapshot::text, floor::text, part_xid::text, part_seq, timeline, timeline_start::text, moved, timeline_shared::text, is_incomplete FROM bucardo_node.progress WHERE sync = $1"),
                Part("SELECT peer, acknowledged::text, confirmed, joined FROM bucardo_node.consumer WHERE sync = $1"),
                Part("SELECT relation, key, origin, xid::text, at FROM bucardo_node.deferred WHERE sync = $1"),
                Part("SELECT relation, origin, snapshot::text, floor::text, part_xid::text, part_seq FROM bucardo_node.held WHERE sync = $1"),
                Part("SELECT EXISTS (SELECT FROM bucardo_node.suspect WHERE sync = $1), EXISTS (SELECT FROM bucardo_node.truncation), "
                    + "EXISTS (SELECT FROM bucardo_node.replicates WHERE sync = $1 AND NOT filled)"),
                fingerprints.Query(looksAtAll),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var (progress, acknowledged, deferred) = (new Dictionary<int, OriginProgress>(), new Dictionary<int, Snapshot>(), new List<DeferredVersion>());
        var (confirmed, joined) = (new HashSet<int>(), new HashSet<int>());
        await reader.ReadAsync(cancellation);
        var state = new NodeState(Snapshot.Parse(reader.GetString(0)), reader.GetInt64(1), progress, acknowledged, deferred, reader.GetDateTime(5))
        {
            LastTimeline = reader.GetInt32(2),
            Confirmed = confirmed,
            Joined = joined,
            Purged = Xid(reader, 3),
            IsBeingCopied = reader.GetBoolean(6),
            Unflushed = await reader.IsDBNullAsync(7, cancellation) ? null : reader.GetString(7),
        };
        if (epoch > 0 && reader.GetInt64(4) > epoch) throw new SupersededException(reader.GetInt64(4));
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            TransactionPart? part = await reader.IsDBNullAsync(3, cancellation) ? null : new TransactionPart(Xid(reader, 3), reader.GetInt64(4));
            progress[reader.GetInt32(0)] = new OriginProgress(Snapshot.Parse(reader.GetString(1)), Snapshot.Parse(reader.GetString(2)), part)
            {
                Timeline = new(
                    await reader.IsDBNullAsync(5, cancellation) ? 0 : reader.GetInt32(5),
                    await reader.IsDBNullAsync(6, cancellation) ? 0 : Xid(reader, 6),
                    await reader.IsDBNullAsync(8, cancellation) ? 0 : Xid(reader, 8)),
                Moved = reader.GetDateTime(7),
                IsIncomplete = reader.GetBoolean(9),
            };
        }
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            acknowledged[reader.GetInt32(0)] = Snapshot.Parse(reader.GetString(1));
            if (reader.GetBoolean(2)) confirmed.Add(reader.GetInt32(0));
            if (reader.GetBoolean(3)) joined.Add(reader.GetInt32(0));
        }
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            deferred.Add(new(reader.GetInt32(0), RowKey.FromJson(reader.GetString(1)), new RowVersion(reader.GetInt32(2), Xid(reader, 3), reader.GetDateTime(4))));
        await reader.NextResultAsync(cancellation);
        var held = await HeldProgress.ReadAsync(reader, cancellation);
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        (state, _hasTruncations) = (state with { Held = held, HasSuspects = reader.GetBoolean(0), IsFilled = !reader.GetBoolean(2) }, reader.GetBoolean(1));
        await reader.NextResultAsync(cancellation);
        _written = await fingerprints.CheckAsync(reader, cancellation);
        return state;

        NpgsqlBatchCommand Part(string sql) => new(sql) { Parameters = { new() { Value = sync } } };
    }

    public async Task<(IReadOnlyDictionary<int, long>, long)> CountAsync(IReadOnlyDictionary<int, TableSql> tables, Window window, long limit, CancellationToken cancellation)
    {
        var pending = new Dictionary<int, long>();
        var total = 0L;
        window = window.Parametrized();
        foreach (var chunk in tables.Where(IsWritten).Chunk(200))
        {
            var counts = chunk.Select(t => $"SELECT {t.Key}, c.* FROM ({t.Value.CountPending(window, limit)}) AS c(pending, total)");
            await using var command = connection.Command(string.Join("\nUNION ALL\n", counts), WindowSql.Parameters(window));
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                total += reader.GetInt64(2);
                if (reader.GetInt64(1) > 0) pending[reader.GetInt32(0)] = reader.GetInt64(1);
            }
        }
        return (pending, total);
    }

    public async Task<IReadOnlyList<PendingChanges>> MeasureAsync(IReadOnlyDictionary<int, TableSql> tables, Window window, long limit, CancellationToken cancellation)
    {
        var found = new List<PendingChanges>();
        foreach (var chunk in tables.Where(IsWritten).Chunk(200))
        {
            await using var command = connection.Command(string.Join("\nUNION ALL\n", chunk.Select(t => t.Value.Measure(window, limit))));
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) found.Add(new(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetDateTime(3)));
        }
        return found;
    }

    public async Task<long> CountRowsAsync(string query, CancellationToken cancellation)
    {
        await using var command = connection.Command($"SELECT count(*) FROM ({query}) AS q");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    public async Task<Cut?> FindCutAsync(IReadOnlyDictionary<int, TableSql> tables, Window window, long limit, CancellationToken cancellation)
    {
        string All(Func<TableSql, string> query) => string.Join("\nUNION ALL\n", tables.Where(IsWritten).Select(t => query(t.Value)));
        await using var command = connection.Command(SqlText.Load("Replication/Sql/cut.sql", ("changes", All(t => t.NewChanges(window))), ("first", All(t => t.FirstChanges(window)))), limit, NodeConnection.Unknown(window.Seen.ToString()));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation) || await reader.IsDBNullAsync(0, cancellation)) return null;
        return new Cut(Xid(reader, 0), await reader.IsDBNullAsync(1, cancellation) ? null : new TransactionPart(Xid(reader, 0), reader.GetInt64(1)));
    }

    public async Task<Dictionary<string, Held>> CollectAsync(TableSql table, Window window, IReadOnlyCollection<string> deferredKeys, CancellationToken cancellation)
    {
        var entries = new Dictionary<string, Held>();
        await ReadEntriesAsync(table, connection.Command(table.Collect(table.Pending(window))), entries, cancellation);
        if (deferredKeys.Count > 0)
            await ReadEntriesAsync(table, connection.Command(table.Collect(table.PendingKeys()), KeyArrays(deferredKeys, table.KeyCount)), entries, cancellation);
        return entries;
    }

    public Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) => PastContexts.FindAsync(connection, sync, read, cancellation);

    /// <summary>Runs a query that returns some of the keys that it is given.</summary>
    public async Task<HashSet<string>> FindKeysAsync(TableSql table, string query, IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        var rows = await ReadRowsAsync(query, cancellation, KeyArrays(keys, table.KeyCount));
        return [.. rows.Select(r => RowKey.Join(r.Select(c => c!)))];
    }

    public async Task<Dictionary<int, Held>> ReadTruncationsAsync(Window window, CancellationToken cancellation)
    {
        var found = new Dictionary<int, Held>();
        if (!_hasTruncations) return found;
        await using var command = connection.Command(SqlText.Load("Replication/Sql/truncations.sql"),
            NodeConnection.Unknown(window.Seen.ToString()), NodeConnection.Unknown(window.Read.ToString()));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var origin = await reader.IsDBNullAsync(1, cancellation) ? node : reader.GetInt32(1);
            found[reader.GetInt32(0)] = new Held(new RowVersion(origin, Xid(reader, 2), reader.GetDateTime(4)), Xid(reader, 3), reader.GetInt64(5));
        }
        return found;
    }

    public async Task<ulong?> FindFirstSinceAsync(IEnumerable<int> captured, DateTime since, CancellationToken cancellation)
    {
        var changes = string.Join("\nUNION ALL\n", captured.Select(TableSql.OwnChangesSince).DefaultIfEmpty("SELECT NULL::xid8 AS xid"));
        await using var command = connection.Command(SqlText.Load("Replication/Sql/first_since.sql", ("changes", changes)), since, sync);
        return await command.ExecuteScalarAsync(cancellation) is string xid ? ulong.Parse(xid, CultureInfo.InvariantCulture) : null;
    }

    public async Task<IReadOnlyCollection<ChangeMark>> FindLoggedSinceAsync(IEnumerable<int> captured, int origin, ulong first, CancellationToken cancellation)
    {
        var changes = string.Join("\nUNION ALL\n", captured.Select(TableSql.LoggedSince).DefaultIfEmpty("SELECT NULL::xid8 AS xid, NULL::timestamptz AS at WHERE false"));
        await using var command = connection.Command(SqlText.Load("Replication/Sql/logged_since.sql", ("changes", changes)), origin, NodeConnection.Unknown(first.ToString(CultureInfo.InvariantCulture)));
        return await ReadMarksAsync(command, cancellation);
    }

    public async Task<bool> IsTimelineTakenElsewhereAsync(int origin, int timeline, CancellationToken cancellation)
    {
        await using var command = connection.Command("SELECT EXISTS (SELECT FROM bucardo_node.progress WHERE origin = $1 AND timeline <> $2 AND sync <> $3)", origin, timeline, sync);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    public async Task<IReadOnlyCollection<ChangeMark>> FindSameAsync(IEnumerable<int> captured, int origin, IReadOnlyCollection<ChangeMark> marks, CancellationToken cancellation)
    {
        var changes = string.Join("\nUNION ALL\n", captured.Select(c => TableSql.LoggedOf(c, node)).DefaultIfEmpty("SELECT NULL::xid8 AS xid, NULL::timestamptz AS at WHERE false"));
        await using var command = connection.Command(
            SqlText.Load("Replication/Sql/logged_same.sql", ("changes", changes), ("node", node.ToString(CultureInfo.InvariantCulture))), [origin, .. ChangeMark.Parameters(marks)]);
        return await ReadMarksAsync(command, cancellation);
    }

    public async Task PickAsync(TableSql table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation)
    {
        await connection.ExecuteAsync("DELETE FROM pg_temp.bucardo_pick", cancellation);
        var keyNames = string.Join(", ", Enumerable.Range(1, table.KeyCount).Select(i => $"k{i}"));
        var keyArrays = string.Join(", ", Enumerable.Range(0, table.KeyCount).Select(i => $"${i + 5}::text[]"));
        var count = parts.Sum(p => p.Count);
        var (numbers, origins, versions, times, keys) = (new int[count], new int[count], new string[count], new DateTime[count], new string[count]);
        var (row, xid, text) = (0, 0ul, "");
        for (var part = 0; part < parts.Count; part++)
        {
            foreach (var (key, version) in parts[part])
            {
                // A transaction of many rows is one string.
                if (version.Xid != xid || row == 0) (xid, text) = (version.Xid, version.Xid.ToString(CultureInfo.InvariantCulture));
                (numbers[row], origins[row], versions[row], times[row], keys[row]) = (part, version.Origin, text, version.At, key);
                row++;
            }
        }
        object[] parameters =
        [
            numbers, origins, versions,
            new NpgsqlParameter { Value = times, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            .. KeyArrays(keys, table.KeyCount),
        ];
        await connection.ExecuteAsync(
            $"INSERT INTO pg_temp.bucardo_pick (part, origin, version, at, {keyNames}) SELECT part, origin, version::xid8, at, {keyNames} "
            + $"FROM unnest($1::integer[], $2::integer[], $3::text[], $4::timestamptz[], {keyArrays}) AS u(part, origin, version, at, {keyNames})", cancellation, parameters);
    }

    /// <summary>The rows of all pending keys, as text; null where they are too large for that.</summary>
    public Task<IReadOnlyList<string?[]>?> ReadPendingAsync(TableSql table, Window window, CancellationToken cancellation)
    {
        window = window.Parametrized();
        return ReadLightAsync(table.RowsOf(table.Pending(window), asText: true), cancellation, WindowSql.Parameters(window));
    }

    /// <summary>Rows as text; null where they are too large for that, or none.</summary>
    public async Task<IReadOnlyList<string?[]>?> ReadLightAsync(string query, CancellationToken cancellation, params object[] parameters) =>
        await ReadRowsAsync(query, cancellation, parameters) is { Count: > 0 } rows ? rows : null;

    public async Task<IReadOnlyList<string?[]>> ReadRowsAsync(string query, CancellationToken cancellation, params object[] parameters)
    {
        var rows = new List<string?[]>();
        await using var command = connection.Command(query, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var row = new string?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++) row[i] = await reader.IsDBNullAsync(i, cancellation) ? null : reader.GetString(i);
            rows.Add(row);
        }
        return rows;
    }

    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsOfKeysAsync(
        TableSql table, IReadOnlyList<string> columns, IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        var rows = new List<IReadOnlyDictionary<string, string?>?>();
        await using var command = connection.Command(table.RowsOfKeys(), [.. KeyArrays(keys, table.KeyCount)]);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            rows.Add(reader.GetBoolean(0) ? columns.Select((c, i) => (c, i)).ToDictionary(c => c.c, c => reader.IsDBNull(c.i + 1) ? null : reader.GetString(c.i + 1)) : null);
        return rows;
    }

    public Task<Stream> OpenCopyAsync(string copy, bool binary, CancellationToken cancellation) => CopyStreams.OpenOutAsync(connection, copy, binary, cancellation);

    public async Task EndAsync()
    {
        if (_transaction is null) return;
        try
        {
            await _transaction.RollbackAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException or ObjectDisposedException)
        {
            // The connection is lost or stuck; the next round opens another one.
            await connection.AbandonAsync();
        }
        _transaction = null;
    }

    /// <summary>One array per key column, as parameters.</summary>
    public static NpgsqlParameter[] KeyArrays(IReadOnlyCollection<string> keys, int columns)
    {
        if (columns == 1) return [new NpgsqlParameter { Value = keys as string[] ?? [.. keys] }];
        var arrays = Enumerable.Range(0, columns).Select(_ => new string[keys.Count]).ToArray();
        var row = 0;
        foreach (var key in keys)
        {
            var texts = RowKey.Split(key);
            for (var i = 0; i < columns; i++) arrays[i][row] = texts[i];
            row++;
        }
        return [.. arrays.Select(a => new NpgsqlParameter { Value = a })];
    }

    static async Task ReadEntriesAsync(TableSql table, NpgsqlCommand command, Dictionary<string, Held> entries, CancellationToken cancellation)
    {
        await using var disposing = command;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var n = table.KeyCount;
        var texts = new string[n];
        while (await reader.ReadAsync(cancellation))
        {
            for (var i = 0; i < n; i++) texts[i] = reader.GetString(i);
            var version = new RowVersion(reader.GetInt32(n), Xid(reader, n + 1), reader.GetDateTime(n + 3));
            entries[n == 1 ? texts[0] : RowKey.Join(texts)] = new Held(version, Xid(reader, n + 2), reader.GetInt64(n + 4));
        }
    }

    // A round costs what the tables cost that have changes, however many there are.
    bool IsWritten(KeyValuePair<int, TableSql> table) => _written.Contains(table.Value.CapturedId);

    static async Task<IReadOnlyCollection<ChangeMark>> ReadMarksAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        var marks = new List<ChangeMark>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) marks.Add(new(Xid(reader, 0), reader.GetDateTime(1)));
        return marks;
    }

    static ulong Xid(NpgsqlDataReader reader, int column) => ulong.Parse(reader.GetString(column), CultureInfo.InvariantCulture);
}
