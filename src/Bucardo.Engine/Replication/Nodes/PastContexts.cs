using System.Globalization;
using System.Text.Json;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>The contexts of a node after its earlier rounds (<c>bucardo_node.past</c>).</summary>
static class PastContexts
{
    /// <summary>What was seen after the last round of which the log, read so far, holds everything.</summary>
    public static async Task<PastProgress> FindAsync(NpgsqlConnection connection, int sync, Snapshot read, CancellationToken cancellation)
    {
        await using var command = connection.Command(SqlText.Load("Replication/Sql/past.sql"), sync, NodeConnection.Unknown(read.ToString()));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation) || await reader.IsDBNullAsync(1, cancellation)) return PastProgress.Unknown;
        var (origins, snapshots, parts) = (reader.GetFieldValue<int[]>(0), reader.GetFieldValue<string[]>(1), reader.GetFieldValue<string?[]>(2));
        var progress = origins.Select((origin, i) => (origin, Progress: new OriginProgress(Snapshot.Parse(snapshots[i]), Snapshot.Empty, Part(parts[i])))).ToDictionary(p => p.origin, p => p.Progress);
        return new PastProgress(progress, await reader.IsDBNullAsync(3, cancellation) ? [] : FromJson(reader.GetString(3)));
    }

    // Which part it was does not matter any more: the log says what came of it.
    static TransactionPart? Part(string? xid) => xid is null ? null : new TransactionPart(ulong.Parse(xid, CultureInfo.InvariantCulture), 0);

    /// <summary>Exceptions as text; null: there are none.</summary>
    public static string? ToJson(IReadOnlyCollection<DeferredVersion> exceptions) => exceptions.Count == 0 ? null : JsonSerializer.Serialize(exceptions.Select(d => new[]
    {
        d.Table.ToString(CultureInfo.InvariantCulture), RowKey.ToJson(d.Key), d.Version.Origin.ToString(CultureInfo.InvariantCulture), d.Version.Xid.ToString(CultureInfo.InvariantCulture),
        d.Version.At.ToString("O", CultureInfo.InvariantCulture),
    }));

    /// <summary>Reads <see cref="ToJson"/> back.</summary>
    public static IReadOnlyList<DeferredVersion> FromJson(string json) => [.. JsonSerializer.Deserialize<string[][]>(json)!.Select(d => new DeferredVersion(
        int.Parse(d[0], CultureInfo.InvariantCulture), RowKey.FromJson(d[1]),
        new RowVersion(int.Parse(d[2], CultureInfo.InvariantCulture), ulong.Parse(d[3], CultureInfo.InvariantCulture), DateTime.Parse(d[4], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind))))];
}
