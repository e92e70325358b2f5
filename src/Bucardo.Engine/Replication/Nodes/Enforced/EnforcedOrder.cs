using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes.Enforced;

/// <summary>
/// Writes what is staged in an order that the foreign keys accept: first all tables' inserts and updates, then all deletes; what a foreign key or a unique value refuses is
/// tried again after the others, until nothing gets any further. No order of the tables needs to be known.
/// </summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="keys">The foreign keys between the tables.</param>
/// <param name="referring">What refers to rows that have to be taken away for a moment.</param>
/// <param name="applied">Counts.</param>
sealed class EnforcedOrder(NpgsqlConnection connection, IReadOnlyList<EnforcedKeySql> keys, ReferringRows referring, Applied applied)
{
    sealed record Step(TableSql? Table, Func<CancellationToken, Task<int>> RunAsync, Action<int> Count);

    readonly List<Step> _writes = [];
    readonly List<Step> _deletes = [];
    readonly HashSet<TableSql> _tables = [];

    /// <summary>Tables whose rows a unique value has kept out in the last attempt.</summary>
    public HashSet<TableSql> Contested { get; } = [];

    /// <summary>Plans to write what is staged of a table, from the beginning.</summary>
    public void Plan(TableSql table)
    {
        _tables.Add(table);
        _writes.RemoveAll(s => s.Table == table);
        _deletes.RemoveAll(s => s.Table == table);
        if (table.ChangedIdentities() is { } changed) _writes.Add(new(table, c => ReplaceAsync(table, changed, c), n => applied.Updates += n));
        if (table.UpdateRows(table.StagedRows) is { } update) Write(update, n => applied.Updates += n);
        Write(table.InsertRows(table.StagedRows), n => applied.Inserts += n);
        // Children usually come after their parents, so they are deleted before them.
        _deletes.Insert(0, new(table, c => DeleteAsync(table, c), n => applied.Deletes += n));

        void Write(string sql, Action<int> count) => _writes.Add(new(table, c => connection.ExecuteAsync(sql, c), count));
    }

    /// <summary>Writes until all is done, or nothing gets any further: then returns why.</summary>
    public async Task<PostgresException?> RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Contested.Clear();
            var (written, refusal) = await PassAsync(_writes, cancellation);
            if (written && _writes.Count > 0) continue;
            var (deleted, another) = await PassAsync(_deletes, cancellation);
            if (_writes.Count + _deletes.Count == 0) return null;
            if (!written && !deleted) return another ?? refusal;
        }
    }

    /// <summary>
    /// Some rows of a table may be written though others may not: those whose parents are there, and those that nobody refers to any more. True: some were.
    /// </summary>
    public async Task<bool> RunPartlyAsync(CancellationToken cancellation)
    {
        var before = applied with { };
        foreach (var table in _writes.Select(s => s.Table).OfType<TableSql>().Distinct().ToList())
        {
            var conditions = keys.Where(k => k.Child == table).Select(k => k.ParentStands).ToList();
            if (conditions.Count == 0) continue;
            var rows = $"(SELECT s.* FROM {table.StagedRows} s WHERE {string.Join(" AND ", conditions)})";
            if (table.UpdateRows(rows) is { } update) await TryAsync(new(table, c => connection.ExecuteAsync(update, c), n => applied.Updates += n), cancellation);
            await TryAsync(new(table, c => connection.ExecuteAsync(table.InsertRows(rows), c), n => applied.Inserts += n), cancellation);
        }
        foreach (var table in _deletes.Select(s => s.Table).OfType<TableSql>().Distinct().ToList())
        {
            var conditions = keys.Where(k => k.Parent == table).Select(k => "NOT " + k.IsReferredTo).ToList();
            if (conditions.Count == 0) continue;
            var rows = $"(SELECT s.* FROM {table.StagedRows} s WHERE {string.Join(" AND ", conditions)})";
            await TryAsync(new(table, c => connection.ExecuteAsync(table.DeleteGone(rows), c), n => applied.Deletes += n), cancellation);
        }
        return (applied.Inserts, applied.Updates, applied.Deletes) != (before.Inserts, before.Updates, before.Deletes);
    }

    /// <summary>Rows that refer to each other in a circle get in without what they refer to, where a column may be empty; it is set afterwards.</summary>
    public async Task<bool> RunWithoutReferencesAsync(CancellationToken cancellation)
    {
        var before = applied.Inserts;
        foreach (var table in _writes.Select(s => s.Table).OfType<TableSql>().Distinct().ToList())
        {
            var columns = keys.Where(k => k.Child == table).SelectMany(k => k.NullableColumns).ToHashSet();
            if (columns.Count > 0) await TryAsync(new(table, c => connection.ExecuteAsync(table.InsertRows(table.StagedWithout(columns)), c), n => applied.Inserts += n), cancellation);
        }
        if (applied.Inserts == before) return false;
        foreach (var table in _tables) Plan(table);
        return true;
    }

    /// <summary>
    /// Puts rows in the place of those that stand, all at once, and takes away those that go: for unique values that change places. True: it could be done.
    /// </summary>
    public async Task<bool> ReplaceAsync(TableSql table, CancellationToken cancellation)
    {
        var rows = $"(SELECT s.* FROM {table.Unique.Disputed()} s UNION ALL SELECT s.* FROM {table.StagedRows} s WHERE NOT s.\"bucardo$present\")";
        var before = await CountAsync(table.PlacesOf(rows), cancellation);
        if (await TryAsync(new(table, c => ReplaceAsync(table, rows, c), inserted => Count(before, inserted)), cancellation) is not null) return false;
        foreach (var other in _tables) Plan(other);
        return true;

        void Count(int before, int inserted)
        {
            applied.Updates += Math.Min(before, inserted);
            applied.Inserts += Math.Max(0, inserted - before);
            applied.Deletes += Math.Max(0, before - inserted);
        }
    }

    // A deletion takes along what refers to it, or changes it, where the foreign key says so. What the step says of such rows has to be done before.
    async Task<int> DeleteAsync(TableSql table, CancellationToken cancellation)
    {
        foreach (var acting in keys.Where(k => k.Parent == table).Select(k => k.Acting).OfType<string>())
        {
            if (await connection.Command(acting).ExecuteScalarAsync(cancellation) is true)
                throw new PostgresException($"Rows still refer to rows of {table.Table.FullName} that are to go", "ERROR", "ERROR", PostgresErrorCodes.ForeignKeyViolation);
        }
        return await connection.ExecuteAsync(table.DeleteGone(table.StagedRows), cancellation);
    }

    async Task<int> ReplaceAsync(TableSql table, string rows, CancellationToken cancellation)
    {
        var taken = await referring.TakeAsync(table, rows, cancellation);
        var count = await connection.ExecuteAsync(table.Replace(rows), cancellation);
        foreach (var (oid, putBack) in taken)
        {
            // What was received of it is written anew.
            var other = _tables.FirstOrDefault(t => t.Oid == oid);
            if (other is not null && other != table) Plan(other);
            var sql = putBack(other);
            _writes.Add(new(null, c => connection.ExecuteAsync(sql, c), _ => { }));
        }
        return count;
    }

    async Task<int> CountAsync(string query, CancellationToken cancellation)
    {
        await using var command = connection.Command($"SELECT count(*)::integer FROM ({query}) AS q");
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    async Task<(bool Progress, PostgresException? Refusal)> PassAsync(List<Step> work, CancellationToken cancellation)
    {
        PostgresException? refusal = null;
        var progress = false;
        foreach (var step in work.ToList())
        {
            if (!work.Contains(step)) continue; // planned anew meanwhile
            if (await TryAsync(step, cancellation) is { } refused)
            {
                if (refused.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation && step.Table is { } table) Contested.Add(table);
                refusal = refused;
                continue;
            }
            work.Remove(step);
            progress = true;
        }
        return (progress, refusal);
    }

    async Task<PostgresException?> TryAsync(Step step, CancellationToken cancellation)
    {
        await connection.ExecuteAsync("SAVEPOINT bucardo_order", cancellation);
        try
        {
            step.Count(Math.Max(0, await step.RunAsync(cancellation)));
            await connection.ExecuteAsync("RELEASE SAVEPOINT bucardo_order", cancellation);
            return null;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation)
        {
            await connection.ExecuteAsync("ROLLBACK TO SAVEPOINT bucardo_order", cancellation);
            return e;
        }
    }
}
