using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// Applies rows where foreign keys are enforced, because the role may not set session_replication_role. First all tables' inserts and updates, then all deletes; what
/// a foreign key or a unique value refuses is tried again after the others, until nothing gets any further. No order of the tables needs to be known.
/// </summary>
sealed class ForeignKeyOrder(NpgsqlConnection connection)
{
    readonly List<(string Sql, Func<string, NpgsqlCommand> Command, Action<Applied, int> Count)> _upserts = [];
    readonly List<(string Sql, Func<string, NpgsqlCommand> Command, Action<Applied, int> Count)> _deletes = [];

    /// <summary>Forgets what a transaction that was rolled back had planned.</summary>
    public void Clear()
    {
        _upserts.Clear();
        _deletes.Clear();
    }

    /// <summary>Writes a table's rows as far as that can be done now.</summary>
    public async Task WriteAsync(TableSql table, Func<string, NpgsqlCommand> command, string rows, Applied applied, CancellationToken cancellation)
    {
        if (table.UpdateRows(rows) is { } update) _upserts.Add((update, command, (a, n) => a.Updates += n));
        _upserts.Add((table.InsertRows(rows), command, (a, n) => a.Inserts += n));
        // Children usually come after their parents, so they are deleted before them.
        _deletes.Insert(0, (table.DeleteRows(rows), command, (a, n) => a.Deletes += n));
        await PassAsync(_upserts, applied, cancellation);
    }

    /// <summary>Inserts and updates what can be. False: something is refused whatever the order.</summary>
    public async Task<bool> FinishUpsertsAsync(Applied applied, CancellationToken cancellation)
    {
        for (var left = int.MaxValue; _upserts.Count > 0 && _upserts.Count < left;)
        {
            left = _upserts.Count;
            await PassAsync(_upserts, applied, cancellation);
        }
        return _upserts.Count == 0;
    }

    /// <summary>Does the rest.</summary>
    /// <exception cref="PostgresException">A constraint refuses rows whatever the order.</exception>
    public async Task FinishAsync(Applied applied, CancellationToken cancellation)
    {
        for (var left = int.MaxValue; _upserts.Count + _deletes.Count > 0;)
        {
            var refusal = await PassAsync(_upserts, applied, cancellation);
            refusal = await PassAsync(_deletes, applied, cancellation) ?? refusal;
            if (_upserts.Count + _deletes.Count == left) throw refusal!;
            left = _upserts.Count + _deletes.Count;
        }
    }

    async Task<PostgresException?> PassAsync(List<(string Sql, Func<string, NpgsqlCommand> Command, Action<Applied, int> Count)> work, Applied applied, CancellationToken cancellation)
    {
        PostgresException? refusal = null;
        foreach (var step in work.ToList())
        {
            await RunAsync("SAVEPOINT bucardo_order", cancellation);
            try
            {
                await using var command = step.Command(step.Sql);
                step.Count(applied, Math.Max(0, await command.ExecuteNonQueryAsync(cancellation)));
                work.Remove(step);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.UniqueViolation)
            {
                refusal = e;
                await RunAsync("ROLLBACK TO SAVEPOINT bucardo_order", cancellation);
            }
        }
        return refusal;
    }

    async Task RunAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
