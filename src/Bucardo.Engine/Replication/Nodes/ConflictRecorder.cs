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

    string StrategyOf(Table table) => table.ConflictStrategy ?? strategy;

    static NpgsqlParameter Texts(IEnumerable<DecidedConflict> conflicts, Func<DecidedConflict, string?> value) =>
        new() { Value = conflicts.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    static NpgsqlParameter Times(IEnumerable<DecidedConflict> conflicts, Func<DecidedConflict, DateTime?> value) =>
        new() { Value = conflicts.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    static string Xid(RowVersion version) => version.Xid.ToString(CultureInfo.InvariantCulture);

    static string? Json(IReadOnlyDictionary<string, string?>? row) =>
        row is null ? null : row.Sum(c => (long)(c.Value?.Length ?? 0)) > LargestRow ? "{}" : JsonSerializer.Serialize(row);
}
