using System.Globalization;
using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Capture;

/// <summary>Deletes change rows that every peer has seen. It goes by what the peers themselves say, never by time.</summary>
public static class Purger
{
    const int BatchSize = 50_000;

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
        var bounds = new List<(int Captured, string Below)>();
        await using (var command = connection.Command(SqlText.Load("Capture/Sql/purge_bounds.sql")))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) bounds.Add((reader.GetInt32(0), reader.GetString(1)));
        }
        long purged = 0;
        foreach (var (captured, below) in bounds)
        {
            long batch, all = 0;
            do
            {
                await using var command = connection.Command(
                    SqlText.Load("Capture/Sql/purge.sql", ("change", CaptureSql.ChangeTable(captured)), ("batch", BatchSize.ToString(CultureInfo.InvariantCulture)), ("below", Quote.Literal(below))),
                    captured);
                await using var reader = await command.ExecuteReaderAsync(cancellation);
                await reader.ReadAsync(cancellation);
                batch = reader.GetInt64(1);
                purged += reader.GetInt64(0) + batch;
                all += batch;
            }
            while (batch == BatchSize);
            // Rounds pass a table without pages by.
            if (all > 0) await connection.ExecuteAsync(SqlText.Load("Capture/Sql/purge_rest.sql", ("change", CaptureSql.ChangeTable(captured))), cancellation);
        }
        await connection.ExecuteAsync(SqlText.Load("Capture/Sql/purge_past.sql"), cancellation);
        return purged;
    }
}
