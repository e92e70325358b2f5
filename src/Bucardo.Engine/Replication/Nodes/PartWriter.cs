using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// Writes the rows of a table in parts, while others are still on their way. Which rows are in a part is chance, so it is done only where nothing that is decided about a row depends on
/// another one; and where unique values change places between parts, all of them are taken back.
/// </summary>
sealed class PartWriter(NpgsqlConnection connection, ApplyTransaction transaction, RowWriter writer)
{
    const string Savepoint = "bucardo_parts";

    // By table, what had been counted before its first part.
    readonly Dictionary<int, Applied> _before = [];

    /// <summary>Forgets what a transaction that is over did.</summary>
    public void Clear() => _before.Clear();

    /// <summary>Writes what is staged, and empties the stage.</summary>
    public async Task<PartOutcome> WriteAsync(TableSql table, Applied applied, CancellationToken cancellation)
    {
        if (_before.TryAdd(table.Table.Id, applied with { }))
        {
            await transaction.SaveAsync(Savepoint, cancellation);
            // A part is small beside its table, and in the order of the key; the planner would rather read all of the table for each.
            await connection.ExecuteAsync("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off", cancellation);
        }
        try
        {
            return await writer.WritePartAsync(table, applied, cancellation) ? PartOutcome.AllNew : PartOutcome.Written;
        }
        catch (PostgresException e) when (RowWriter.IsTaken(e))
        {
            await transaction.RollbackToAsync(Savepoint, cancellation);
            await connection.ExecuteAsync(table.EmptyStage(), cancellation);
            var before = _before[table.Table.Id];
            (applied.Inserts, applied.Updates, applied.Deletes) = (before.Inserts, before.Updates, before.Deletes);
            return PartOutcome.NeedsAll;
        }
    }
}
