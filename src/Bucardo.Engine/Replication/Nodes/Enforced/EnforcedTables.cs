using System.Globalization;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes.Enforced;

/// <summary>What is staged of a step, table by table.</summary>
/// <param name="connection">The connection that applies.</param>
sealed class EnforcedTables(NpgsqlConnection connection)
{
    readonly Dictionary<TableSql, EnforcedTable> _tables = [];

    public IReadOnlyCollection<EnforcedTable> All => _tables.Values;

    public EnforcedTable this[TableSql table] => _tables[table];

    public bool Has(TableSql table) => _tables.ContainsKey(table);

    public void Clear() => _tables.Clear();

    /// <summary>Forgets the tables that have come in since there were only these.</summary>
    public void Keep(IReadOnlyCollection<EnforcedTable> tables)
    {
        foreach (var table in _tables.Values.Except(tables).ToList()) _tables.Remove(table.Table);
    }

    /// <summary>The table, with a stage.</summary>
    public async Task<EnforcedTable> AddAsync(TableSql table, CancellationToken cancellation)
    {
        if (_tables.TryGetValue(table, out var found)) return found;
        // It may have been made in a transaction, or a part of one, that was taken back.
        await connection.ExecuteAsync(table.CreateStage(), cancellation);
        return _tables[table] = new EnforcedTable(table, new TracedRows(table, table.StagedRows, new ReceivedRows(null), sql => connection.Command(sql)));
    }

    /// <summary>Stages rows that have travelled as parameters.</summary>
    public async Task StageAsync(TableSql table, IReadOnlyList<string?[]> rows, bool own, CancellationToken cancellation)
    {
        await using var command = connection.Command(table.StageGiven(own));
        for (var i = 0; i < table.RowColumns.Count; i++)
            command.Parameters.Add(new() { Value = rows.Select(r => r[i]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Keys and versions that a query returns.</summary>
    public async Task<IReadOnlyCollection<PickedKey>> ReadAsync(TableSql table, string query, CancellationToken cancellation)
    {
        var (found, n) = (new List<PickedKey>(), table.KeyCount);
        await using var command = connection.Command(query);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var version = await reader.IsDBNullAsync(n, cancellation) ? default : new RowVersion(reader.GetInt32(n), ulong.Parse(reader.GetString(n + 1), CultureInfo.InvariantCulture), reader.GetDateTime(n + 2));
            found.Add(new PickedKey(RowKey.Join(Enumerable.Range(0, n).Select(reader.GetString)), version));
        }
        return found;
    }

    /// <summary>Takes rows out and notes them: they come with the next step.</summary>
    public async Task LeaveOutAsync(TableSql table, IReadOnlyCollection<PickedKey> keys, CancellationToken cancellation)
    {
        this[table].LeftOut.AddRange(keys);
        this[table].HasDeferred = true;
        this[table].Open.UnionWith(keys.Select(k => k.Key));
        await RemoveAsync(table, keys, cancellation);
    }

    /// <summary>Takes rows out.</summary>
    public async Task RemoveAsync(TableSql table, IReadOnlyCollection<PickedKey> keys, CancellationToken cancellation)
    {
        if (keys.Count > 0) await connection.ExecuteAsync(table.RemoveFromStage(), cancellation, [.. PgNodeReader.KeyArrays([.. keys.Select(k => k.Key)], table.KeyCount)]);
    }

    /// <summary>Whether the step says anything of a row.</summary>
    public async Task<bool> IsStagedAsync(TableSql table, string key, CancellationToken cancellation)
    {
        if (!Has(table)) return false;
        await using var command = connection.Command(table.IsStaged(), [.. RowKey.Split(key)]);
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>A row has to go, by a decision of this node's own.</summary>
    public async Task DeleteAsync(TableSql table, string key, CancellationToken cancellation)
    {
        await AddAsync(table, cancellation);
        if (await connection.ExecuteAsync(table.StageAsGone(), cancellation, [.. RowKey.Split(key)]) == 0)
            await connection.ExecuteAsync(table.StageDeletion(), cancellation, [.. RowKey.Split(key)]);
    }
}
