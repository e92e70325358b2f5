using System.Globalization;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes.Enforced;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// The applying half of a PostgreSQL node: one READ COMMITTED transaction on a connection of its own. Rows are locked first and then checked against
/// the local changes since the round's snapshot, so that no local change is overwritten unseen and none makes the round start again.
/// Where the role may not act as a replica, what comes is written at the end (<see cref="EnforcedStep"/>).
/// </summary>
sealed class PgNodeWriter(
    NpgsqlConnection connection, string node, int sync, IReadOnlyCollection<int>? members, bool isSource, bool hasChanges, bool asReplica, SyncSessionOptions options, TableFingerprints fingerprints, StepRecord record, ForeignKeyOrphans orphans, ConflictRecorder conflicts,
    EnforcedStep enforced, ApplyTransaction transaction, RowWriter writer, PartWriter parts)
{
    readonly HashSet<int> _stages = [];
    readonly HashSet<int> _made = [];

    // Origins of which nothing comes that the node has already; null where it does not log what comes.
    HashSet<int>? _told;

    /// <summary>The history of the conflicts that are decided here.</summary>
    public ConflictRecorder Conflicts => conflicts;

    /// <summary>By table, the keys that the step leaves open.</summary>
    public Dictionary<int, IReadOnlySet<string>> Open { get; } = [];

    /// <summary>Locks rows in the transaction that is to apply; none, if they are not to be had soon.</summary>
    public async Task HoldAsync(IReadOnlyList<(TableSql Table, IReadOnlyCollection<string> Keys)> rows, CancellationToken cancellation)
    {
        await transaction.BeginAsync(cancellation);
        try
        {
            await connection.ExecuteAsync(SetLockTimeout, cancellation);
            foreach (var (table, keys) in rows) await connection.ExecuteAsync(table.HoldRows(), cancellation, [.. PgNodeReader.KeyArrays(keys, table.KeyCount)]);
        }
        catch (PostgresException)
        {
            // Whatever stands in the way: it was an attempt, and applying says what is wrong, if it still is.
            await RollbackAsync();
        }
    }

    public async Task BeginAsync(StepOpening opening, IReadOnlyDictionary<int, TableSql> staged, CancellationToken cancellation)
    {
        _told = members?.Except(opening.Stranded).ToHashSet();
        // A stage outlives the transactions, so it is not made within one: then the locks that are held already go, for once.
        if (transaction.IsOpen && staged.Keys.Any(t => !_stages.Contains(t))) await RollbackAsync();
        foreach (var (id, table) in staged)
            if (_stages.Add(id)) await connection.ExecuteAsync(table.CreateStage(), cancellation);
        await transaction.BeginAsync(cancellation);
        enforced.Clear();
        Conflicts.Clear();
        Open.Clear();
        parts.Clear();
        orphans.Clear();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(SetLockTimeout),
                new(SqlText.Load("Replication/Sql/begin_apply.sql")) { Parameters = { new() { Value = opening.WaitsForDisk } } },
                new(SqlText.Load("Replication/Sql/ahead.sql")) { Parameters = { new() { Value = opening.Clock } } },
                new("SELECT round FROM bucardo_node.sync WHERE id = $1 FOR UPDATE") { Parameters = { new() { Value = sync } } },
            },
        };
        if (opening.Tables.Count > 0) batch.BatchCommands.Add(fingerprints.Query(opening.Tables));
        if (!asReplica) batch.BatchCommands.Insert(0, new("SET CONSTRAINTS ALL DEFERRED"));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        var round = await reader.ReadAsync(cancellation) ? reader.GetInt64(0) : -1;
        if (round != opening.ExpectedRound) throw new StaleRoundException(node);
        if (await reader.NextResultAsync(cancellation)) await fingerprints.CheckAsync(reader, cancellation);
    }

    public async Task<Stream> OpenStageAsync(int id, TableSql table, bool binary, CancellationToken cancellation)
    {
        if (_stages.Add(id))
        {
            // Rows that turned out to be large: the stage is made within the transaction, and goes with it if that is rolled back.
            _made.Add(id);
            await connection.ExecuteAsync(table.CreateStage(), cancellation);
        }
        return await CopyStreams.OpenInAsync(connection, table.CopyIn(), binary, cancellation);
    }

    /// <summary>Whether staged rows of a table may be written while others are still on their way. What is captured or logged here is decided about for all of them.</summary>
    public bool WritesInParts(TableSql table, bool log) => asReplica && !isSource && !hasChanges && !log && !table.Merges && !table.Unique.HasDeferrable && !Conflicts.Concerns(table);

    public async Task<IReadOnlyList<string>> TruncateAsync(
        TableSql table, RowVersion version, int captured, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation)
    {
        await connection.ExecuteAsync(table.LockTable(), cancellation);
        // Two TRUNCATEs at once: which of them holds for which row, the next round sees better.
        if (isSource && await connection.Command(table.Truncated(snapshot)).ExecuteScalarAsync(cancellation) is not null) throw new StaleRoundException(node);
        IReadOnlyList<string> moved = hasChanges ? await ReadKeysAsync(connection.Command(table.AllMoved(snapshot)), table, cancellation) : [];
        var stay = keep.Concat(moved).Distinct().ToList();
        applied.Truncates++;
        if (!asReplica && (stay.Count > 0 || await connection.Command(SqlText.Load("Replication/Sql/is_referred_to.sql"), NodeConnection.Oid(table.Oid)).ExecuteScalarAsync(cancellation) is true))
        {
            await enforced.EmptyAsync(table, new Emptying(version, captured, stay, moved.Count > 0, log), snapshot, cancellation);
            return moved;
        }
        await Conflicts.RecordTruncatedAsync(table, version, stay, applied, cancellation);
        if (stay.Count > 0 || !await TryTruncateAsync(table, cancellation))
            applied.Deletes += await connection.ExecuteAsync(table.DeleteAllBut(), cancellation, [.. PgNodeReader.KeyArrays(stay, table.KeyCount)]);
        if (table.ForgetStates() is { } forget) await connection.ExecuteAsync(forget, cancellation, [.. PgNodeReader.KeyArrays(stay, table.KeyCount)]);
        if (orphans.Trace(table) is { } trace) (trace.IsEmptied, trace.HasDeferred) = (true, trace.HasDeferred || moved.Count > 0);
        if (log)
        {
            await connection.ExecuteAsync("INSERT INTO bucardo_node.truncation (captured, origin, origin_xid, at) VALUES ($1, $2, $3, $4)", cancellation,
                captured, version.Origin, Unknown(version.Xid), version.At);
            if (stay.Count > 0) await connection.ExecuteAsync(table.LogKept(), cancellation, [.. PgNodeReader.KeyArrays(stay, table.KeyCount)]);
        }
        return moved;
    }

    // TRUNCATE refuses tables that others refer to and waits for every reader; then the rows are deleted one by one.
    async Task<bool> TryTruncateAsync(TableSql table, CancellationToken cancellation)
    {
        await transaction.SaveAsync("bucardo_truncate", cancellation);
        try
        {
            await connection.ExecuteAsync("SET LOCAL lock_timeout = 100", cancellation);
            await connection.ExecuteAsync(table.Truncate(), cancellation);
            await connection.ExecuteAsync(SetLockTimeout, cancellation);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.LockNotAvailable)
        {
            await transaction.RollbackToAsync("bucardo_truncate", cancellation);
            return false;
        }
    }

    public async Task<IReadOnlyList<PickedKey>> ApplyAsync(
        TableSql table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation)
    {
        if (log && _told is not null && await HasForeignAsync(table, rows, _told, cancellation))
            rows = await LeaveOutAsync(table.Echoes(rows is null ? table.StagedRows : table.ArrayRows(), _told), table, rows, [], cancellation);
        var open = Open.GetValueOrDefault(table.Table.Id) ?? new HashSet<string>();
        if (!asReplica)
        {
            var left = await enforced.AddAsync(table, rows, snapshot, strategy, log, open, cancellation);
            applied.Deferred += left.Count;
            return left;
        }
        var source = rows is null ? table.StagedRows : table.ArrayRows();
        var deferred = new List<PickedKey>();
        if (isSource)
        {
            // What nothing enforces while it is being written can only be looked for when nobody else writes.
            if (table.Unique.HasDeferrable) await connection.ExecuteAsync(table.LockTable(), cancellation);
            rows = await LeaveOutAsync(table.LockRows(source), table, rows, deferred, cancellation);
        }
        // On a target too, where it logs: of a log that is read in steps, what lies behind the step has been seen here and not by the round.
        if (hasChanges && rows is not { Count: 0 }) rows = await LeaveOutAsync(table.Moved(source, snapshot), table, rows, deferred, cancellation);
        IReadOnlyCollection<string> losers = [];
        IReadOnlyList<string> decided = [];
        var received = new ReceivedRows(rows);
        while (rows is not { Count: 0 })
        {
            var before = applied with { };
            await transaction.SaveAsync("bucardo_table", cancellation);
            var given = rows;
            decided = await Conflicts.RecordOverwrittenAsync(table, source, sql => writer.Command(sql, given, table), cancellation);
            losers = [];
            received.Rows = rows;
            if (await writer.WriteAsync(table, source, rows, applied, cancellation) is { } contested)
            {
                if (strategy.Action == ConflictAction.Skip)
                {
                    // Every node stays as it is: the rows are not written, and what they are here is not what came.
                    var skipped = new List<PickedKey>();
                    rows = await LeaveOutAsync(contested, table, rows, skipped, cancellation, rollback: true);
                    (applied.Inserts, applied.Updates, applied.Deletes, applied.Clashes) = (before.Inserts, before.Updates, before.Deletes, before.Clashes + skipped.Count);
                    continue;
                }
                var clash = new UniqueClash(connection, table, source, sql => writer.Command(sql, given, table), strategy, applied);
                losers = await clash.ResolveAsync(open.Union(deferred.Select(d => d.Key)).ToHashSet(), cancellation);
                if (clash.Early.Count > 0)
                {
                    rows = await LeaveOutAsync(contested, table, rows, deferred, cancellation, rollback: true, clash.Early);
                    (applied.Inserts, applied.Updates, applied.Deletes, applied.Clashes) = (before.Inserts, before.Updates, before.Deletes, before.Clashes);
                    continue;
                }
                await Conflicts.RecordAsync(table.Table, clash.Decided, cancellation);
            }
            // Before it is looked again: whoever has just inserted a row that was to be gone here holds its state.
            if (table.StoreStates(source) is { } store) await writer.RunAsync(store, rows, table, cancellation);
            if (!isSource) break;
            // A row that was not there could not be locked. If one has come up meanwhile, it may just have been overwritten: take that back and leave it out.
            var known = deferred.Count;
            var rest = await LeaveOutAsync(table.Moved(source, snapshot), table, rows, deferred, cancellation, rollback: true);
            if (deferred.Count == known) break;
            rows = rest;
            (applied.Inserts, applied.Updates, applied.Deletes, applied.Clashes) = (before.Inserts, before.Updates, before.Deletes, before.Clashes);
        }
        received.Rows = rows;
        Conflicts.Done(table, rows is { Count: 0 } ? [] : [.. decided, .. losers.Select(RowKey.ToJson)], applied);
        if (log && rows is not { Count: 0 })
        {
            await writer.RunAsync(table.LogRows(source), rows, table, cancellation);
            if (rows is null || rows.Any(r => r[table.PresentColumn] == "false")) await writer.RunAsync(table.LogDeletions(source), rows, table, cancellation);
        }
        // That a row had to go is this node's decision, made in knowledge of both: a change of its own, which the others get with the next round.
        if (table.HasChanges)
            foreach (var loser in losers) await connection.ExecuteAsync(table.LogOwn(), cancellation, [.. RowKey.Split(loser)]);
        if (orphans.Trace(table) is { } trace)
        {
            if (rows is not { Count: 0 }) trace.Rows.Add(new(table, source, received, sql => writer.Command(sql, received.Rows, table)));
            trace.Removed.UnionWith(losers);
            trace.HasDeferred |= deferred.Count > 0;
        }
        applied.Deferred += deferred.Count;
        return deferred;
    }

    // Whether anything comes from a database that is none of the sync's, or of one that is away and of which it is not sure what has come.
    async Task<bool> HasForeignAsync(TableSql table, IReadOnlyList<string?[]>? rows, HashSet<int> told, CancellationToken cancellation)
    {
        if (rows is not null) return rows.Any(r => !told.Contains(int.Parse(r[table.PresentColumn + 1]!, CultureInfo.InvariantCulture)));
        await using var command = connection.Command(table.HasForeign(told));
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    // Takes what the query returns, or a part of it, out of the rows, and notes it.
    async Task<IReadOnlyList<string?[]>?> LeaveOutAsync(
        string query, TableSql table, IReadOnlyList<string?[]>? rows, List<PickedKey> deferred, CancellationToken cancellation, bool rollback = false, IReadOnlySet<string>? only = null)
    {
        var (found, numbers, n) = (new List<PickedKey>(), new HashSet<long>(), table.KeyCount);
        await using (var command = writer.Command(query, rows, table))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var key = RowKey.Join(Enumerable.Range(0, n).Select(reader.GetString));
                if (only?.Contains(key) == false) continue;
                var xid = ulong.Parse(reader.GetString(n + 1), CultureInfo.InvariantCulture);
                found.Add(new PickedKey(key, new RowVersion(reader.GetInt32(n), xid, reader.GetDateTime(n + 2))));
                numbers.Add(reader.GetInt64(n + 3));
            }
        }
        if (found.Count == 0) return rows;
        deferred.AddRange(found);
        if (rollback) await transaction.RollbackToAsync("bucardo_table", cancellation);
        if (rows is not null) return [.. rows.Where((_, i) => !numbers.Contains(i + 1))];
        await connection.ExecuteAsync(table.RemoveFromStage(), cancellation, [.. PgNodeReader.KeyArrays([.. found.Select(d => d.Key)], n)]);
        return null;
    }

    /// <summary>Does what had to wait for other tables. Returns per table what had to be left out after all.</summary>
    public async Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishAsync(StepReach reach, Applied applied, CancellationToken cancellation)
    {
        var left = await enforced.FinishAsync(reach, applied, cancellation);
        await orphans.SettleAsync(reach, applied, cancellation);
        return left;
    }

    public async Task CommitAsync(CancellationToken cancellation)
    {
        await record.CommitAsync(connection, cancellation);
        await transaction.EndAsync();
        _made.Clear();
    }

    public async Task RollbackAsync()
    {
        record.Clear();
        _stages.ExceptWith(_made);
        _made.Clear();
        await transaction.RollbackAsync();
    }

    string SetLockTimeout => $"SET LOCAL lock_timeout = {(long)options.LockTimeout.TotalMilliseconds}";

    internal static async Task<IReadOnlyList<string>> ReadKeysAsync(NpgsqlCommand command, TableSql table, CancellationToken cancellation)
    {
        var keys = new List<string>();
        await using var disposing = command;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) keys.Add(RowKey.Join(Enumerable.Range(0, table.KeyCount).Select(reader.GetString)));
        return keys;
    }

    static NpgsqlParameter Unknown(ulong xid) => NodeConnection.Unknown(xid.ToString(CultureInfo.InvariantCulture));
}
