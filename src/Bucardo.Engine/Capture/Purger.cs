using System.Globalization;
using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Capture;

/// <summary>Deletes change rows that every peer has seen. It goes by what the peers themselves say, never by time.</summary>
public static class Purger
{
    const int BatchSize = 50_000;
    const int BulkBatchSize = BatchSize / CaptureSql.KeysEach;

    /// <summary>Notes on a node what a peer has seen of it.</summary>
    /// <param name="connection">The node.</param>
    /// <param name="sync">Id of the sync.</param>
    /// <param name="peer">Id of the peer.</param>
    /// <param name="seen">The part of what the peer has seen that lies below everything it has left out, as a pg_snapshot.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public static Task AcknowledgeAsync(NpgsqlConnection connection, int sync, int peer, string seen, CancellationToken cancellation) =>
        connection.ExecuteAsync(SqlText.Load("Capture/Sql/acknowledge.sql"), cancellation, sync, peer, NodeConnection.Unknown(seen));

    /// <summary>Purges a node, in batches of a transaction each. Returns how many rows went.</summary>
    public static async Task<long> PurgeAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var bounds = new List<(int Captured, string Below, bool HasBulk)>();
        await using (var command = connection.Command(SqlText.Load("Capture/Sql/purge_bounds.sql")))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) bounds.Add((reader.GetInt32(0), reader.GetString(1), reader.GetBoolean(2)));
        }
        long purged = 0;
        foreach (var (captured, below, hasBulk) in bounds)
        {
            var (change, bulk) = (CaptureSql.ChangeTable(captured), CaptureSql.BulkTable(captured));
            var (rows, truncations) = await InBatchesAsync("Capture/Sql/purge.sql", BatchSize, [("change", change), ("below", Quote.Literal(below))], [captured]);
            if (hasBulk) rows += (await InBatchesAsync("Capture/Sql/purge_bulk.sql", BulkBatchSize, [("bulk", bulk), ("below", Quote.Literal(below))], [])).Other;
            purged += rows + truncations;
            if (rows == 0) continue;
            // Rounds pass a table without pages by.
            var tables = $"bucardo_node.{change}{(hasBulk ? $", bucardo_node.{bulk}" : "")}";
            await connection.ExecuteAsync(SqlText.Load("Capture/Sql/purge_rest.sql", ("tables", tables), ("changes", CaptureSql.ChangesView(captured))), cancellation);
        }
        await connection.ExecuteAsync(SqlText.Load("Capture/Sql/purge_past.sql"), cancellation);
        return purged;

        async Task<(long Rows, long Other)> InBatchesAsync(string sql, int size, (string, string)[] values, object[] parameters)
        {
            long batch, rows = 0, other = 0;
            do
            {
                await using var command = connection.Command(SqlText.Load(sql, [.. values, ("batch", size.ToString(CultureInfo.InvariantCulture))]), parameters);
                await using var reader = await command.ExecuteReaderAsync(cancellation);
                await reader.ReadAsync(cancellation);
                batch = reader.GetInt64(0);
                rows += batch;
                other += reader.GetInt64(1);
            }
            while (batch == size);
            return (rows, other);
        }
    }
}
