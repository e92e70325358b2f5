using System.Globalization;
using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>The timeline that a server writes, read once per connection: a promotion ends connections or finds none, for a standby takes part in no round.</summary>
/// <param name="Number">The timeline; 0 when the role may not know it.</param>
/// <param name="ReplayedUntil">When the last transaction was committed that the server replayed as a standby; null when it was none, or has been restarted since.</param>
/// <param name="TellsLog">Whether the server says how far its write-ahead log is.</param>
sealed record ServerTimeline(int Number, DateTime? ReplayedUntil, bool TellsLog)
{
    public static async Task<ServerTimeline> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            await using var command = connection.Command(SqlText.Load("Replication/Sql/timeline.sql"));
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            var replayed = await reader.IsDBNullAsync(1, cancellation) ? null : (DateTime?)reader.GetDateTime(1);
            return new(int.Parse(reader.GetString(0), NumberStyles.HexNumber, CultureInfo.InvariantCulture), replayed, true);
        }
        catch (PostgresException)
        {
            // A cloud without write-ahead log functions, or a role without the right: the last checkpoint knows it too, though a little later.
            return new(await AtCheckpointAsync(connection, cancellation), null, false);
        }
    }

    static async Task<int> AtCheckpointAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            await using var command = connection.Command("SELECT timeline_id FROM pg_control_checkpoint()");
            return (int)(await command.ExecuteScalarAsync(cancellation))!;
        }
        catch (PostgresException)
        {
            return 0;
        }
    }

    /// <summary>See <see cref="IRoundNode.AdoptTimelineAsync"/>.</summary>
    public static async Task AdoptAsync(NpgsqlConnection connection, string node, int sync, long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, IEnumerable<int> tables, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await connection.ExecuteAsync("UPDATE bucardo_node.sync SET round = round + 1 WHERE id = $1 AND round = $2", cancellation, sync, expectedRound) == 0) throw new StaleRoundException(node);
        var captured = new List<(int Id, int Keys)>();
        await using (var command = connection.Command("SELECT c.id, cardinality(c.key_columns) FROM bucardo_node.replicates r JOIN bucardo_node.captured c ON c.id = r.captured WHERE r.sync = $1", sync))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) captured.Add((reader.GetInt32(0), reader.GetInt32(1)));
        }
        foreach (var (id, keys) in captured)
        {
            foreach (var statement in TableSql.AdoptLost(id, keys)) await connection.ExecuteAsync(statement, cancellation, [origin, Xid(cut.Timeline.Shared), .. ChangeMark.Parameters(known)]);
        }
        await connection.ExecuteAsync(
            "UPDATE bucardo_node.progress SET snapshot = $3, floor = $4, part_xid = NULL, part_seq = NULL, timeline = $5, timeline_start = $6, timeline_shared = $7, moved = now() WHERE sync = $1 AND origin = $2",
            cancellation, sync, origin, NodeConnection.Unknown(cut.Seen.ToString()), NodeConnection.Unknown(cut.Floor.ToString()), cut.Timeline.Number, Xid(cut.Timeline.Start), Xid(cut.Timeline.Shared));
        if (cut.IsIncomplete)
        {
            // Rows of the others, too, may have been left out. Until they are met, it is not known what of theirs has come.
            await connection.ExecuteAsync(
                "UPDATE bucardo_node.progress SET snapshot = floor, part_xid = NULL, part_seq = NULL, is_incomplete = is_incomplete OR snapshot::text <> floor::text WHERE sync = $1", cancellation, sync);
            // And some have come whose parents may now never come.
            await connection.ExecuteAsync("INSERT INTO bucardo_node.suspect (sync, relation, waits) SELECT $1, t, '{}' FROM unnest($2::integer[]) AS t", cancellation, sync, tables.ToArray());
        }
        await connection.ExecuteAsync("DELETE FROM bucardo_node.past WHERE sync = $1", cancellation, sync);
        await HeldProgress.CutAsync(connection, sync, origin, cut.Timeline.Start, cancellation);
        await transaction.CommitAsync(cancellation);

        static NpgsqlParameter Xid(ulong xid) => NodeConnection.Unknown(xid.ToString(CultureInfo.InvariantCulture));
    }
}
