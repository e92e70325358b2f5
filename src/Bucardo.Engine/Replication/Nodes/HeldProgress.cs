using System.Globalization;
using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>The contexts of tables that go a way of their own on a node (<c>bucardo_node.held</c>).</summary>
static class HeldProgress
{
    /// <summary>Keeps the context of tables as it was, where none is kept yet.</summary>
    public static NpgsqlBatchCommand Hold(int sync, IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held) =>
        Write("Replication/Sql/hold.sql", sync, held);

    /// <summary>Records the context of a table.</summary>
    public static NpgsqlBatchCommand Record(int sync, int table, IReadOnlyDictionary<int, OriginProgress> progress) =>
        Write("Replication/Sql/held.sql", sync, [.. progress.Select(p => (table, p.Key, p.Value))]);

    /// <summary>Forgets the context of a table when it is the same as that of all others: it goes with them again.</summary>
    public static NpgsqlBatchCommand Release(int sync, int table) =>
        new(SqlText.Load("Replication/Sql/release.sql")) { Parameters = { new() { Value = sync }, new() { Value = table } } };

    /// <summary>Per table and origin, what is kept.</summary>
    public static async Task<Dictionary<int, IReadOnlyDictionary<int, OriginProgress>>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var held = new Dictionary<int, IReadOnlyDictionary<int, OriginProgress>>();
        while (await reader.ReadAsync(cancellation))
        {
            TransactionPart? part = await reader.IsDBNullAsync(4, cancellation)
                ? null : new TransactionPart(ulong.Parse(reader.GetString(4), CultureInfo.InvariantCulture), reader.GetInt64(5));
            if (!held.TryGetValue(reader.GetInt32(0), out var origins)) held[reader.GetInt32(0)] = origins = new Dictionary<int, OriginProgress>();
            ((Dictionary<int, OriginProgress>)origins)[reader.GetInt32(1)] = new(Snapshot.Parse(reader.GetString(2)), Snapshot.Parse(reader.GetString(3)), part);
        }
        return held;
    }

    /// <summary>The part of an origin's transactions that the node has seen below all deferred keys, in all its tables; null when nothing is known.</summary>
    public static async Task<string?> FloorAsync(NpgsqlConnection connection, int sync, int origin, int timeline, CancellationToken cancellation)
    {
        Snapshot? floor = null;
        await using var command = connection.Command(SqlText.Load("Replication/Sql/floor.sql"), sync, origin, timeline);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var next = Snapshot.Parse(reader.GetString(0));
            floor = floor?.Intersect(next) ?? next;
        }
        return floor?.ToString();
    }

    /// <summary>Cuts what was seen of an origin in each table at a transaction.</summary>
    public static async Task CutAsync(NpgsqlConnection connection, int sync, int origin, ulong start, CancellationToken cancellation)
    {
        Dictionary<int, IReadOnlyDictionary<int, OriginProgress>> held;
        await using (var command = connection.Command("SELECT relation, origin, snapshot::text, floor::text, NULL::text, NULL::bigint FROM bucardo_node.held WHERE sync = $1 AND origin = $2", sync, origin))
        await using (var reader = await command.ExecuteReaderAsync(cancellation)) held = await ReadAsync(reader, cancellation);
        if (held.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (table, origins) in held)
            batch.BatchCommands.Add(Record(sync, table, origins.ToDictionary(o => o.Key, o => new OriginProgress(o.Value.Seen.CutAt(start), o.Value.Floor.CutAt(start), null))));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    static NpgsqlBatchCommand Write(string file, int sync, IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held) => new(SqlText.Load(file))
    {
        Parameters =
        {
            new() { Value = sync },
            new() { Value = held.Select(h => h.Table).ToArray() },
            new() { Value = held.Select(h => h.Origin).ToArray() },
            new() { Value = held.Select(h => h.Progress.Seen.ToString()).ToArray() },
            new() { Value = held.Select(h => h.Progress.Floor.ToString()).ToArray() },
            new() { Value = held.Select(h => h.Progress.Part?.Xid.ToString(CultureInfo.InvariantCulture)).ToArray() },
            new() { Value = held.Select(h => h.Progress.Part?.Sequence).ToArray() },
        },
    };
}
