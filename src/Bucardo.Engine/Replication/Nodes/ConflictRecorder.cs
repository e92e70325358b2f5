using System.Globalization;
using System.Text.Json;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Model;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// Keeps the conflicts that are decided on a node (<c>bucardo_node.conflict</c>), in the transaction that decides them: nothing that was decided is missing in the
/// history, whatever dies afterwards, and nothing is in it that was taken back. From there they are moved to the control database.
/// </summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="sync">Id of the sync.</param>
/// <param name="strategy">The sync's conflict strategy; a table may have its own.</param>
sealed class ConflictRecorder(NpgsqlConnection connection, int sync, string strategy)
{
    /// <summary>A row of more text than this is not kept: a history must not stop the sync by its size.</summary>
    public const int LargestRow = 16_000_000;

    readonly Dictionary<int, (IReadOnlyList<PickedKey> Overwritten, IReadOnlyList<PickedKey> Truncated)> _noted = [];

    // Per table, rows that were taken away by a TRUNCATE before those came that take their place.
    readonly Dictionary<int, Dictionary<string, string>> _lost = [];

    /// <summary>Forgets what was noted for a transaction that is over.</summary>
    public void Clear()
    {
        _noted.Clear();
        _lost.Clear();
    }

    /// <summary>Notes which versions of a table lose a conflict in what is applied next.</summary>
    public void Note(int table, IReadOnlyList<PickedKey> overwritten, IReadOnlyList<PickedKey> truncated) => _noted[table] = (overwritten, truncated);

    /// <summary>Records the rows that are about to be overwritten although they are versions that nobody had seen, each with the row that comes. Returns their keys.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The received rows, as a source of rows.</param>
    /// <param name="onRows">Makes a command with the parameters that <paramref name="rows"/> needs.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<IReadOnlyList<string>> RecordOverwrittenAsync(TableSql table, string rows, Func<string, NpgsqlCommand> onRows, CancellationToken cancellation)
    {
        if (!_noted.TryGetValue(table.Table.Id, out var noted) || noted.Overwritten.Count == 0) return [];
        await using var command = onRows(table.RecordOverwritten(rows, rows == table.StagedRows ? 1 : table.RowColumns.Count + 1, sync, StrategyOf(table.Table)));
        foreach (var parameter in Parameters(table, noted.Overwritten)) command.Parameters.Add(parameter);
        var lost = _lost.GetValueOrDefault(table.Table.Id) ?? [];
        command.Parameters.Add(new() { Value = noted.Overwritten.Select(c => lost.GetValueOrDefault(RowKey.ToJson(c.Key))).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        return await KeysAsync(command, cancellation);
    }

    /// <summary>Whether anything that is written to a table decides a conflict.</summary>
    public bool Concerns(TableSql table) => _noted.TryGetValue(table.Table.Id, out var noted) && noted.Overwritten.Count > 0;

    /// <summary>Notes that the conflicts of a table have been decided for good.</summary>
    public void Done(TableSql table, IReadOnlyList<string> decided, Applied applied)
    {
        _noted.Remove(table.Table.Id);
        applied.Decided.UnionWith(decided.Select(k => (table.Table.Id, k)));
    }

    /// <summary>Records the rows that a TRUNCATE is about to take away although they are versions that it had not seen; those that stay are left out.</summary>
    public async Task RecordTruncatedAsync(TableSql table, RowVersion version, IReadOnlyCollection<string> stay, Applied applied, CancellationToken cancellation)
    {
        if (!_noted.TryGetValue(table.Table.Id, out var noted)) return;
        var kept = stay.ToHashSet();
        if (noted.Overwritten.Count > 0) await ReadLostAsync(table, [.. noted.Overwritten.Where(k => !kept.Contains(k.Key))], cancellation);
        if (noted.Truncated.Count == 0) return;
        await using var command = connection.Command(table.RecordTruncated(sync, StrategyOf(table.Table)), version.Origin, NodeConnection.Unknown(Xid(version)), version.At);
        foreach (var parameter in Parameters(table, [.. noted.Truncated.Where(k => !kept.Contains(k.Key))])) command.Parameters.Add(parameter);
        applied.Decided.UnionWith((await KeysAsync(command, cancellation)).Select(k => (table.Table.Id, k)));
    }

    /// <summary>Records conflicts of one table whose rows are known.</summary>
    public async Task RecordAsync(Table table, IReadOnlyCollection<DecidedConflict> conflicts, CancellationToken cancellation)
    {
        if (conflicts.Count == 0) return;
        await using var command = connection.Command(SqlText.Load("Replication/Sql/conflict_insert.sql"),
            sync, table.Id, table.Schema, table.Name, StrategyOf(table),
            Texts(conflicts, c => RowKey.ToJson(c.Key)),
            Texts(conflicts, c => Rows.Word(c.Kind)),
            Texts(conflicts, c => c.Constraint),
            new NpgsqlParameter { Value = conflicts.Select(c => c.Winner.Origin).ToArray() },
            Texts(conflicts, c => Xid(c.Winner)),
            Times(conflicts, c => c.Winner.At),
            Texts(conflicts, c => Json(c.WinnerRow)),
            new NpgsqlParameter { Value = conflicts.Select(c => c.Loser?.Origin).ToArray() },
            Texts(conflicts, c => c.Loser is { } loser ? Xid(loser) : null),
            Times(conflicts, c => c.Loser?.At),
            Texts(conflicts, c => Json(c.LoserRow)),
            Texts(conflicts, c => Json(c.ResultRow)));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    async Task ReadLostAsync(TableSql table, IReadOnlyList<PickedKey> keys, CancellationToken cancellation)
    {
        await using var command = connection.Command(table.RowsOfConflicts(), [.. Parameters(table, keys)]);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var lost = _lost[table.Table.Id] = [];
        while (await reader.ReadAsync(cancellation)) lost[reader.GetString(0)] = reader.GetString(1);
    }

    static IEnumerable<NpgsqlParameter> Parameters(TableSql table, IReadOnlyList<PickedKey> lost) =>
    [
        new() { Value = lost.Select(c => RowKey.ToJson(c.Key)).ToArray() },
        new() { Value = lost.Select(c => c.Version.Origin).ToArray() },
        new() { Value = lost.Select(c => Xid(c.Version)).ToArray() },
        new() { Value = lost.Select(c => c.Version.At).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
        .. PgNodeReader.KeyArrays([.. lost.Select(c => c.Key)], table.KeyCount),
    ];

    static async Task<IReadOnlyList<string>> KeysAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        var keys = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) keys.Add(reader.GetString(0));
        return keys;
    }

    string StrategyOf(Table table) => table.ConflictStrategy ?? strategy;

    static NpgsqlParameter Texts(IEnumerable<DecidedConflict> conflicts, Func<DecidedConflict, string?> value) =>
        new() { Value = conflicts.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    static NpgsqlParameter Times(IEnumerable<DecidedConflict> conflicts, Func<DecidedConflict, DateTime?> value) =>
        new() { Value = conflicts.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    static string Xid(RowVersion version) => version.Xid.ToString(CultureInfo.InvariantCulture);

    static string? Json(IReadOnlyDictionary<string, string?>? row) =>
        row is null ? null : row.Sum(c => (long)(c.Value?.Length ?? 0)) > LargestRow ? "{}" : JsonSerializer.Serialize(row);
}
