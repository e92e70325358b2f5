using System.Globalization;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes.Enforced;

/// <summary>
/// Applies a step where the role may not act as a replica, so that PostgreSQL enforces the foreign keys and deferrable constraints meanwhile. What comes is staged and locked table by table;
/// at the end, when all is known, it is looked at what would be refused, that is left out or settled, and the rest is written in an order that is accepted.
/// </summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="node">Name of the node.</param>
/// <param name="conflicts">The history.</param>
/// <param name="settler">Settles orphans.</param>
/// <param name="isSource">Whether applications write here.</param>
/// <param name="hasChanges">Whether what is applied is logged here.</param>
sealed class EnforcedStep(NpgsqlConnection connection, string node, ConflictRecorder conflicts, OrphanSettler settler, bool isSource, bool hasChanges)
{
    // A trigger that changes rows as they are written makes every attempt look like progress.
    const int MostParts = 100;
    const int MostAttempts = 1000;

    readonly EnforcedTables _tables = new(connection);
    IReadOnlyList<EnforcedKeySql> _keys = [];

    /// <summary>Says which foreign keys there are between the tables.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="shapes">The tables as the node has them.</param>
    /// <param name="hasPeers">Whether there are several sources: a single one leaves no orphans.</param>
    public void Bind(IReadOnlyCollection<TableSql> tables, IReadOnlyDictionary<(string Schema, string Name), TableShape> shapes, bool hasPeers)
    {
        var byOid = tables.ToDictionary(t => t.Oid);
        _keys = [.. tables.SelectMany(child => shapes[(child.Table.Schema, child.Table.Name)].ForeignKeys
            .Where(k => byOid.ContainsKey(k.Parent)).Select(k => Sql(k, child, byOid[k.Parent])))];

        EnforcedKeySql Sql(ForeignKey key, TableSql child, TableSql parent) =>
            new(key, child, parent, hasPeers && child.HasChanges && parent.HasChanges ? ForeignKeySql.Create(key, child, parent) : null);
    }

    /// <summary>Forgets what a transaction that is over did.</summary>
    public void Clear() => _tables.Clear();

    /// <summary>Plans to empty a table but for given keys.</summary>
    public async Task EmptyAsync(TableSql table, Emptying emptying, Snapshot snapshot, CancellationToken cancellation)
    {
        var added = await _tables.AddAsync(table, cancellation);
        (added.Emptying, added.Snapshot, added.HasDeferred) = (emptying, snapshot, added.HasDeferred || emptying.HasMoved);
    }

    /// <summary>Plans to write rows, staged or given; those that somebody else has locked or changed are left out and returned.</summary>
    public async Task<IReadOnlyList<PickedKey>> AddAsync(
        TableSql table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, IReadOnlySet<string> open, CancellationToken cancellation)
    {
        var added = await _tables.AddAsync(table, cancellation);
        added.Open.UnionWith(open);
        (added.Snapshot, added.Strategy, added.Logs) = (snapshot, strategy, added.Logs || log);
        if (rows is { Count: > 0 }) await _tables.StageAsync(table, rows, own: false, cancellation);
        var deferred = new List<PickedKey>();
        if (isSource)
        {
            // What nothing enforces before the end can only be looked for when nobody else writes.
            if (table.Unique.HasDeferrable) await connection.ExecuteAsync(table.LockTable(), cancellation);
            await LeaveOutAsync(table.LockRows(table.StagedRows));
        }
        if (hasChanges) await LeaveOutAsync(table.Moved(table.StagedRows, snapshot));
        added.HasDeferred |= deferred.Count > 0;
        added.Open.UnionWith(deferred.Select(d => d.Key));
        return deferred;

        async Task LeaveOutAsync(string query)
        {
            var found = await _tables.ReadAsync(table, query, cancellation);
            deferred.AddRange(found);
            await _tables.RemoveAsync(table, found, cancellation);
        }
    }

    /// <summary>Plans to make resolutions changes of the node's own.</summary>
    /// <param name="table">The table.</param>
    /// <param name="settlements">The resolutions.</param>
    /// <param name="rows">The rows of those that differ from what is there.</param>
    /// <param name="snapshot">What the round has read of the node.</param>
    /// <param name="strategy">How conflicts are decided.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task SettleAsync(
        TableSql table, IReadOnlyList<Settlement> settlements, IReadOnlyList<string?[]> rows, Snapshot snapshot, ConflictStrategy strategy, CancellationToken cancellation)
    {
        var added = await _tables.AddAsync(table, cancellation);
        if (rows.Count > 0) await _tables.StageAsync(table, rows, own: true, cancellation);
        (added.Snapshot, added.Strategy) = (snapshot, strategy);
        added.Settlements.AddRange(settlements);
    }

    /// <summary>Writes all of it. Returns per table what had to be left out after all.</summary>
    public async Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishAsync(StepReach reach, Applied applied, CancellationToken cancellation)
    {
        if (_tables.All.Count == 0) return new Dictionary<int, IReadOnlyList<PickedKey>>();
        var foreignKeys = new EnforcedForeignKeys(connection, _keys, _tables, settler);
        foreach (var table in _tables.All.Where(t => t.Emptying is not null)) await StageAsync(table, cancellation);
        var before = applied with { };
        for (var attempt = 1; ; attempt++)
        {
            // Each attempt is one with fewer rows, or something is wrong: then nobody is to wait for it for ever.
            if (attempt > MostAttempts) throw new BucardoException("StepNotWritten", ErrorKind.Replication, $"Rows that a round brings to database {node} are changed there all the time, in {attempt - 1} attempts; the round is tried again.");
            await foreignKeys.LeaveOutAsync(reach, cancellation);
            var all = _tables.All.ToList();
            await connection.ExecuteAsync("SAVEPOINT bucardo_step", cancellation);
            var late = await WriteAsync(foreignKeys, applied, cancellation);
            if (late.Count == 0) break;
            // Take it back and do it without them.
            await connection.ExecuteAsync("ROLLBACK TO SAVEPOINT bucardo_step", cancellation);
            _tables.Keep(all);
            foreach (var (table, keys, isDeferred) in late)
            {
                if (isDeferred) await _tables.LeaveOutAsync(table, keys, cancellation);
                else await _tables.RemoveAsync(table, keys, cancellation);
            }
            (applied.Inserts, applied.Updates, applied.Deletes, applied.Settled) = (before.Inserts, before.Updates, before.Deletes, before.Settled);
            applied.Clashes = before.Clashes += late.Where(l => !l.IsDeferred).Sum(l => l.Keys.Count);
        }
        applied.Deferred += _tables.All.Sum(t => t.LeftOut.Count);
        return _tables.All.Where(t => t.LeftOut.Count > 0).ToDictionary(t => t.Table.Table.Id, t => (IReadOnlyList<PickedKey>)t.LeftOut);
    }

    // Returns what must not be written after all, and whether it comes again.
    async Task<IReadOnlyList<(TableSql Table, IReadOnlyCollection<PickedKey> Keys, bool IsDeferred)>> WriteAsync(EnforcedForeignKeys foreignKeys, Applied applied, CancellationToken cancellation)
    {
        var overwritten = new Dictionary<EnforcedTable, IReadOnlyList<string>>();
        foreach (var table in _tables.All.ToList())
        {
            table.Losers.Clear();
            if (table.Emptying is { } emptying) await LogAsync(table, emptying, applied, cancellation);
            overwritten[table] = await conflicts.RecordOverwrittenAsync(table.Table, table.Table.StagedRows, sql => connection.Command(sql), cancellation);
            // Before it is written, because what becomes of it in spite of what came is a change after it.
            if (table.Logs) await connection.ExecuteAsync(table.Table.LogRows(table.Table.ReceivedRows), cancellation);
            if (table.Logs) await connection.ExecuteAsync(table.Table.LogDeletions(table.Table.ReceivedRows), cancellation);
        }
        await foreignKeys.SettleAsync(applied, cancellation);
        if (await WriteInOrderAsync(foreignKeys, applied, cancellation) is { Count: > 0 } skipped) return skipped;
        foreach (var store in _tables.All.Select(t => t.Table.StoreStates(t.Table.WrittenRows)).OfType<string>()) await connection.ExecuteAsync(store, cancellation);
        if (isSource)
        {
            // A row that was not there could not be locked. If one has come up meanwhile, it may just have been overwritten. What this node has decided to delete was locked, and looked at as it is.
            var moved = new List<(TableSql, IReadOnlyCollection<PickedKey>, bool)>();
            foreach (var table in overwritten.Keys)
                if (await _tables.ReadAsync(table.Table, table.Table.Moved(table.Table.WrittenRows, table.Snapshot), cancellation) is { Count: > 0 } found) moved.Add((table.Table, found, true));
            if (moved.Count > 0) return moved;
        }
        foreach (var (table, decided) in overwritten)
        {
            conflicts.Done(table.Table, [.. decided, .. table.Losers.Select(RowKey.ToJson)], applied);
            await SettleAsync(table, applied, cancellation);
        }
        return [];
    }

    async Task<IReadOnlyList<(TableSql, IReadOnlyCollection<PickedKey>, bool)>> WriteInOrderAsync(EnforcedForeignKeys foreignKeys, Applied applied, CancellationToken cancellation)
    {
        var order = new EnforcedOrder(connection, _keys, new ReferringRows(connection), applied);
        PlanAll();
        var (replaced, parts) = (new HashSet<TableSql>(), 0);
        while (true)
        {
            var refusal = await order.RunAsync(cancellation);
            if (refusal is not null && parts++ < MostParts && await order.RunPartlyAsync(cancellation)) continue;
            var isDecided = false;
            foreach (var table in _tables.All.Where(t => refusal is null ? t.Table.Unique.HasDeferrable : order.Contested.Contains(t.Table)).ToList())
            {
                if (table.Strategy is null) continue;
                var unique = new EnforcedUnique(connection, table.Table, table.Strategy, applied);
                var losers = await unique.DecideAsync(table.Open, cancellation);
                if (unique.Early.Count > 0) return [(table.Table, unique.Early, true)];
                if (unique.Skipped.Count > 0) return [(table.Table, unique.Skipped, false)];
                await conflicts.RecordAsync(table.Table.Table, unique.Decided, cancellation);
                foreach (var loser in losers) await RemoveAsync(table, loser, cancellation);
                isDecided |= losers.Count > 0;
            }
            if (isDecided)
            {
                await foreignKeys.SettleAsync(applied, cancellation);
                PlanAll();
                replaced.Clear();
                continue;
            }
            if (refusal is null) return [];
            var isReplaced = false;
            foreach (var table in order.Contested.Where(replaced.Add).ToList()) isReplaced |= await order.ReplaceAsync(table, cancellation);
            if (!isReplaced && !await order.RunWithoutReferencesAsync(cancellation)) throw refusal;
        }

        void PlanAll()
        {
            foreach (var table in _tables.All) order.Plan(table.Table);
        }
    }

    // That a row has to go is this node's decision, made in knowledge of both: a change of its own, which the others get with the next round.
    async Task RemoveAsync(EnforcedTable table, string loser, CancellationToken cancellation)
    {
        table.Losers.Add(loser);
        await _tables.DeleteAsync(table.Table, loser, cancellation);
        if (table.Table.HasChanges) await connection.ExecuteAsync(table.Table.LogOwn(), cancellation, [.. RowKey.Split(loser)]);
    }

    Task StageAsync(EnforcedTable table, CancellationToken cancellation) => connection.ExecuteAsync(table.Table.StageTruncation(), cancellation,
    [
        .. PgNodeReader.KeyArrays(table.Emptying!.Stay, table.Table.KeyCount), table.Emptying.Version.Origin, NodeConnection.Unknown(Xid(table.Emptying)), table.Emptying.Version.At,
    ]);

    async Task LogAsync(EnforcedTable table, Emptying emptying, Applied applied, CancellationToken cancellation)
    {
        var stay = emptying.Stay.Concat(table.LeftOut.Select(k => k.Key)).Distinct().ToList();
        await conflicts.RecordTruncatedAsync(table.Table, emptying.Version, stay, applied, cancellation);
        if (table.Table.ForgetStates() is { } forget) await connection.ExecuteAsync(forget, cancellation, [.. PgNodeReader.KeyArrays(stay, table.Table.KeyCount)]);
        if (!emptying.Logs) return;
        await connection.ExecuteAsync("INSERT INTO bucardo_node.truncation (captured, origin, origin_xid, at) VALUES ($1, $2, $3, $4)", cancellation,
            emptying.Captured, emptying.Version.Origin, NodeConnection.Unknown(Xid(emptying)), emptying.Version.At);
        if (stay.Count > 0) await connection.ExecuteAsync(table.Table.LogKept(), cancellation, [.. PgNodeReader.KeyArrays(stay, table.Table.KeyCount)]);
    }

    async Task SettleAsync(EnforcedTable table, Applied applied, CancellationToken cancellation)
    {
        var left = table.LeftOut.Select(k => k.Key).ToHashSet();
        var settled = table.Settlements.Where(s => !left.Contains(s.Key)).ToList();
        if (settled.Count == 0) return;
        foreach (var log in new[] { table.Table.LogRows(table.Table.KeyRows()), table.Table.LogDeletions(table.Table.KeyRows()) })
            await connection.ExecuteAsync(log, cancellation, [.. PgNodeReader.KeyArrays([.. settled.Select(s => s.Key)], table.Table.KeyCount)]);
        applied.Settled += settled.Count;
        await conflicts.RecordAsync(table.Table.Table, [.. settled.SelectMany(DecidedConflict.Of)], cancellation);
    }

    static string Xid(Emptying emptying) => emptying.Version.Xid.ToString(CultureInfo.InvariantCulture);
}
