using Bucardo.Engine.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>Writes received rows into their table: deletes, updates what differs, inserts. Rows given as text are parameters, one array per column.</summary>
sealed class RowWriter(NpgsqlConnection connection, ApplyTransaction transaction)
{
    const string Savepoint = "bucardo_rows";

    /// <summary>Writes the rows of a table, staged or given. Returns a query for those that other rows keep out, or stand beside in spite of a rule; null where there are none.</summary>
    public async Task<string?> WriteAsync(TableSql table, string source, IReadOnlyList<string?[]>? rows, Applied applied, CancellationToken cancellation)
    {
        var contested = table.Unique.Contested(source);
        var (deletes, updates) = (applied.Deletes, applied.Updates);
        await transaction.SaveAsync(Savepoint, cancellation);
        try
        {
            if (rows is null) await WriteStagedAsync(table, applied, cancellation);
            else await WriteGivenAsync(table, rows, applied, cancellation);
            if (!table.Unique.HasDeferrable) return null;
        }
        catch (PostgresException e) when (IsTaken(e))
        {
            // Unique values may have changed places among the rows: row by row that is a violation, all at once it is none.
            await transaction.RollbackToAsync(Savepoint, cancellation);
            (applied.Deletes, applied.Updates) = (deletes, updates);
            var before = await RunAsync(table.DeleteAllRows(source), rows, table, cancellation);
            var inserted = await RunAsync(table.Unique.InsertUndisputed(source), rows, table, cancellation);
            applied.Updates += Math.Min(before, inserted);
            applied.Inserts += Math.Max(0, inserted - before);
            applied.Deletes += Math.Max(0, before - inserted);
        }
        await using var command = Command(contested, rows, table);
        return await command.ExecuteScalarAsync(cancellation) is null ? null : contested;
    }

    /// <summary>
    /// Writes a part of the staged rows of a table while others are still on their way, and empties the stage. Returns whether none of them had been there.
    /// </summary>
    /// <exception cref="PostgresException">A unique value is taken.</exception>
    public async Task<bool> WritePartAsync(TableSql table, Applied applied, CancellationToken cancellation)
    {
        await transaction.SaveAsync(Savepoint, cancellation);
        var allNew = await WriteStagedAsync(table, applied, cancellation);
        await connection.ExecuteAsync($"RELEASE SAVEPOINT {Savepoint}; {table.EmptyStage()}", cancellation);
        return allNew;
    }

    /// <summary>Inserts rows that all seem to be new without staging them. False where one is there, or its unique value, or the table takes no COPY: then nothing has happened.</summary>
    public async Task<bool> TryInsertAsync(TableSql table, BinaryRows rows, Applied applied, CancellationToken cancellation)
    {
        await transaction.SaveAsync(Savepoint, cancellation);
        try
        {
            await CopyStreams.WriteAsync(connection, table.CopyTableIn(), rows, cancellation);
        }
        catch (PostgresException e) when (IsTaken(e) || e.SqlState == PostgresErrorCodes.FeatureNotSupported)
        {
            await transaction.RollbackToAsync(Savepoint, cancellation);
            return false;
        }
        await connection.ExecuteAsync($"RELEASE SAVEPOINT {Savepoint}", cancellation);
        applied.Inserts += rows.Count;
        return true;
    }

    // Many rows: a statement that has nothing to do costs a pass over all of them, and is left out where that shows. Returns whether none of them had been there.
    async Task<bool> WriteStagedAsync(TableSql table, Applied applied, CancellationToken cancellation)
    {
        long present, gone;
        await using (var count = connection.Command(table.CountStaged()))
        await using (var reader = await count.ExecuteReaderAsync(cancellation))
        {
            await reader.ReadAsync(cancellation);
            (present, gone) = (reader.GetInt64(0), reader.GetInt64(1));
        }
        if (gone == 0 && await TryInsertAllAsync(table, present, applied, cancellation)) return true;
        if (gone > 0 || table.ReplacesIdentities) applied.Deletes += await RunAsync(table.DeleteRows(table.StagedRows), null, table, cancellation);
        var updated = table.UpdateRows(table.StagedRows) is { } update ? await RunAsync(update, null, table, cancellation) : 0;
        applied.Updates += updated;
        if (updated < present) applied.Inserts += await RunAsync(table.InsertRows(table.StagedRows), null, table, cancellation);
        return false;
    }

    // Rows that all seem to be new are inserted without a look at what is there: that takes a third of the time. Where one is there, or its unique value, nothing has happened.
    async Task<bool> TryInsertAllAsync(TableSql table, long count, Applied applied, CancellationToken cancellation)
    {
        if (count == 0 || table.InsertNewRows(table.StagedRows) is not { } insert) return false;
        await using (var sample = connection.Command(table.SampleStaged(), count))
            if (await sample.ExecuteScalarAsync(cancellation) is not 0L) return false;
        try
        {
            applied.Inserts += await RunAsync(insert, null, table, cancellation);
            return true;
        }
        catch (PostgresException e) when (IsTaken(e))
        {
            await transaction.RollbackToAsync(Savepoint, cancellation);
            return false;
        }
    }

    // Few rows: what costs is the way to the server.
    async Task WriteGivenAsync(TableSql table, IReadOnlyList<string?[]> rows, Applied applied, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        var source = table.ArrayRows();
        var delete = table.ReplacesIdentities || rows.Any(r => r[table.PresentColumn] == "false") ? Add(table.DeleteRows(source)) : null;
        var update = table.UpdateRows(source) is { } sql ? Add(sql) : null;
        var insert = Add(table.InsertRows(source));
        await batch.ExecuteNonQueryAsync(cancellation);
        applied.Deletes += delete?.RecordsAffected ?? 0;
        applied.Updates += update?.RecordsAffected ?? 0;
        applied.Inserts += insert.RecordsAffected;

        NpgsqlBatchCommand Add(string text)
        {
            var command = new NpgsqlBatchCommand(text);
            foreach (var parameter in Parameters(rows, table)) command.Parameters.Add(parameter);
            batch.BatchCommands.Add(command);
            return command;
        }
    }

    /// <summary>Runs a statement on received rows. Returns how many rows it touched.</summary>
    public async Task<int> RunAsync(string sql, IReadOnlyList<string?[]>? rows, TableSql table, CancellationToken cancellation)
    {
        await using var command = Command(sql, rows, table);
        return Math.Max(0, await command.ExecuteNonQueryAsync(cancellation));
    }

    /// <summary>A command on received rows.</summary>
    public NpgsqlCommand Command(string sql, IReadOnlyList<string?[]>? rows, TableSql table)
    {
        var command = connection.Command(sql);
        if (rows is null) return command;
        foreach (var parameter in Parameters(rows, table)) command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>Whether what comes is in the way of another row, or that in its way.</summary>
    public static bool IsTaken(PostgresException e) => e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation;

    static IEnumerable<NpgsqlParameter> Parameters(IReadOnlyList<string?[]> rows, TableSql table) => Enumerable.Range(0, table.RowColumns.Count)
        .Select(i => new NpgsqlParameter { Value = rows.Select(r => r[i]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
}
