using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Capture;

/// <summary>Reads the shapes of many tables from a node's catalogs in a handful of queries, however many tables there are.</summary>
public static class ShapeReader
{
    /// <summary>Shapes of the tables that exist on the node, by (schema, name).</summary>
    /// <param name="connection">A connection with search_path = pg_catalog.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public static async Task<Dictionary<(string Schema, string Name), TableShape>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<Table> tables, CancellationToken cancellation)
    {
        var columns = await ReadColumnsAsync(connection, tables, cancellation);
        uint[] oids = [.. columns.Values.Select(c => c.Oid)];
        var (rules, keys) = await ReadIndexesAsync(connection, oids, cancellation);
        var foreignKeys = await ReadForeignKeysAsync(connection, oids, cancellation);
        return columns.ToDictionary(
            p => (tables[p.Key].Schema, tables[p.Key].Name),
            p => new TableShape
            {
                Oid = p.Value.Oid,
                Schema = tables[p.Key].Schema,
                Name = tables[p.Key].Name,
                IsPartitioned = p.Value.Kind == "p",
                HasParent = p.Value.HasParent,
                Columns = p.Value.Columns,
                Keys = [.. keys[p.Value.Oid]],
                Rules = [.. rules[p.Value.Oid]],
                ForeignKeys = [.. foreignKeys[p.Value.Oid]],
            });
    }

    static async Task<Dictionary<int, (uint Oid, string Kind, bool HasParent, List<ColumnShape> Columns)>> ReadColumnsAsync(
        NpgsqlConnection connection, IReadOnlyList<Table> tables, CancellationToken cancellation)
    {
        var found = new Dictionary<int, (uint Oid, string Kind, bool HasParent, List<ColumnShape> Columns)>();
        await using var command = new NpgsqlCommand(SqlText.Load("Capture/Sql/shape.sql"), connection);
        command.Parameters.Add(new() { Value = tables.Select(t => t.Schema).ToArray() });
        command.Parameters.Add(new() { Value = tables.Select(t => t.Name).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var index = reader.GetInt32(0) - 1;
            if (!found.TryGetValue(index, out var table)) found[index] = table = (reader.GetFieldValue<uint>(1), reader.GetString(2), reader.GetBoolean(14), []);
            table.Columns.Add(new ColumnShape(
                Name: reader.GetString(3), Type: reader.GetString(4), BaseType: reader.GetString(5), CastType: reader.GetString(11),
                NotNull: reader.GetBoolean(6), HasDefault: reader.GetBoolean(7), IsIdentity: reader.GetBoolean(8), IsIdentityAlways: reader.GetBoolean(10),
                IsGenerated: reader.GetBoolean(9), IsBinary: reader.GetBoolean(12),
                Collation: await reader.IsDBNullAsync(13, cancellation) ? null : reader.GetString(13),
                Expression: await reader.IsDBNullAsync(15, cancellation) ? null : reader.GetString(15)));
        }
        return found;
    }

    static async Task<(ILookup<uint, UniqueRule> Rules, ILookup<uint, UniqueKey> Keys)> ReadIndexesAsync(NpgsqlConnection connection, uint[] oids, CancellationToken cancellation)
    {
        var rules = new List<(uint Oid, UniqueRule Rule)>();
        var keys = new List<(uint Oid, UniqueKey Key)>();
        await using var command = connection.Command(SqlText.Load("Capture/Sql/shape_indexes.sql"), NodeConnection.Oids(oids));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var operators = reader.GetFieldValue<string?[]>(10).OfType<string>().ToArray();
            var expressions = reader.GetFieldValue<string[]>(9);
            if (operators.Length < expressions.Length) continue; // nothing can be asked by it
            var (oid, isImmediate) = (reader.GetFieldValue<uint>(0), reader.GetBoolean(2));
            if (reader.GetBoolean(6)) keys.Add((oid, new UniqueKey(reader.GetFieldValue<string[]>(7), operators, reader.GetBoolean(3), isImmediate, reader.GetBoolean(8))));
            var collations = reader.GetFieldValue<string[]>(11);
            rules.Add((oid, new UniqueRule(
                Name: reader.GetString(1),
                Expressions: [.. expressions.Select((e, i) => collations[i].Length > 0 ? $"{e} COLLATE {collations[i]}" : e)],
                Operators: operators,
                Predicate: await reader.IsDBNullAsync(5, cancellation) ? null : reader.GetString(5),
                NullsAreEqual: reader.GetBoolean(4), IsImmediate: isImmediate)));
        }
        return (rules.ToLookup(f => f.Oid, f => f.Rule), keys.ToLookup(f => f.Oid, f => f.Key));
    }

    static async Task<ILookup<uint, ForeignKey>> ReadForeignKeysAsync(NpgsqlConnection connection, uint[] oids, CancellationToken cancellation)
    {
        var found = new List<(uint Oid, ForeignKey Key)>();
        await using var command = connection.Command(SqlText.Load("Capture/Sql/shape_foreign_keys.sql"), NodeConnection.Oids(oids));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            found.Add((reader.GetFieldValue<uint>(0), new ForeignKey(
                reader.GetString(1), reader.GetFieldValue<uint>(2), reader.GetFieldValue<string[]>(4), reader.GetFieldValue<string[]>(5), reader.GetFieldValue<string[]>(6),
                reader.GetString(3) switch { "c" => DeleteAction.Cascade, "n" => DeleteAction.SetNull, "d" => DeleteAction.SetDefault, _ => DeleteAction.Refuse },
                reader.GetFieldValue<string[]>(7))));
        }
        return found.ToLookup(f => f.Oid, f => f.Key);
    }
}
