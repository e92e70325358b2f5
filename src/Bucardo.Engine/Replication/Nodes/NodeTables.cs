using System.Data;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>What a node had of a sync's tables when it was connected.</summary>
sealed class NodeTables
{
    /// <summary>The tables themselves.</summary>
    public required IReadOnlyDictionary<(string Schema, string Name), TableShape> Shapes { get; init; }

    /// <summary>Per table with a change table, its number.</summary>
    public required IReadOnlyDictionary<int, int> Captured { get; init; }

    /// <summary>Whether this sync reads any of the change tables.</summary>
    public required bool AreRead { get; init; }

    /// <summary>Tables in which other syncs wait for what is applied (a cascade), with those to kick.</summary>
    public required IReadOnlyDictionary<int, IReadOnlyList<string>> Kicked { get; init; }

    /// <summary>Tables that keep what two versions of a row need to become one.</summary>
    public required IReadOnlySet<int> Merging { get; init; }

    /// <summary>What all of that looked like.</summary>
    public required TableFingerprints Fingerprints { get; init; }

    /// <summary>Reads it in one snapshot: whatever changes later shows in the fingerprints.</summary>
    public static async Task<NodeTables> ReadAsync(NpgsqlConnection connection, SyncDefinition definition, CancellationToken cancellation)
    {
        var tables = definition.ReplicatedTables();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var shapes = await ShapeReader.ReadAsync(connection, tables, cancellation);
        var found = tables.Where(t => shapes.ContainsKey((t.Schema, t.Name))).ToDictionary(t => shapes[(t.Schema, t.Name)].Oid, t => t.Id);
        var (captured, kicked, merging, areRead) = (new Dictionary<int, int>(), new Dictionary<int, IReadOnlyList<string>>(), new HashSet<int>(), false);
        await using (var command = connection.Command(SqlText.Load("Replication/Sql/captured.sql"), definition.Sync.Id))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                if (!found.TryGetValue(reader.GetFieldValue<uint>(0), out var table)) continue;
                captured[table] = reader.GetInt32(1);
                areRead |= reader.GetBoolean(2);
                if (reader.GetBoolean(3)) kicked[table] = reader.GetFieldValue<string[]>(4);
                if (reader.GetBoolean(5)) merging.Add(table);
            }
        }
        var fingerprints = new TableFingerprints(definition.Sync.Id, [.. found.Select(t => new TableFingerprints.Table(t.Value, t.Key, captured.GetValueOrDefault(t.Value)))]);
        await fingerprints.ReadAsync(connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return new NodeTables { Shapes = shapes, Captured = captured, AreRead = areRead, Kicked = kicked, Merging = merging, Fingerprints = fingerprints };
    }
}
