using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Replication;

// Writing where PostgreSQL enforces the foreign keys meanwhile: everything is staged first, so that what is going to be there can be looked at before it is.
public sealed partial class TableSql
{
    /// <summary>Stages rows that travel as parameters.</summary>
    /// <param name="own">Whether they are this node's own doing, so that they are not logged as received.</param>
    public string StageGiven(bool own) =>
        $"INSERT INTO {Stage} ({Quote.List(RowColumns)}, \"bucardo$own\") SELECT {Quote.List(RowColumns, "s.")}, {(own ? "true" : "false")} FROM {ArrayRows()} s";

    /// <summary>
    /// Stages a TRUNCATE as the deletion of every row that is not staged anyway, but for given keys. Parameters: one array of canonical texts per key column; origin, transaction and time of the TRUNCATE.
    /// </summary>
    public string StageTruncation() => SqlText.Load("Replication/Sql/stage_truncation.sql",
        ("stage", Stage), ("keys", Quote.List(_keys)), ("row_keys", Quote.List(_keys, "t.")), ("table", _shape.OnlyName), ("match", RowMatch()),
        ("canonical", CanonicalRowKeys("t.")), ("texts", KeyTexts), ("arrays", KeyArrays), ("version", $"${KeyCount + 1}, ${KeyCount + 2}::xid8, ${KeyCount + 3}"));

    /// <summary>Makes a staged row one that is gone. Parameters: its key.</summary>
    public string StageAsGone() => $"UPDATE {Stage} s SET \"bucardo$present\" = false WHERE {Given("s.", 1)}";

    /// <summary>Stages the deletion of a row that was not received. Parameters: its key.</summary>
    public string StageDeletion() =>
        $"INSERT INTO {Stage} ({Quote.List(_keys)}, \"bucardo$present\", \"bucardo$own\") VALUES ({string.Join(", ", _keys.Select((k, i) => Column(k).FromText($"${i + 1}::text")))}, false, true)";

    /// <summary>Whether a row is staged. Parameters: its key.</summary>
    public string IsStaged() => $"SELECT EXISTS (SELECT FROM {Stage} s WHERE {Given("s.", 1)})";

    /// <summary>The staged rows that were received, as a source of rows.</summary>
    public string ReceivedRows => $"(SELECT * FROM {Stage} WHERE NOT \"bucardo$own\")";

    /// <summary>The staged rows that somebody else has written, as a source of rows: what this node has decided to delete says nothing of the state that merging takes.</summary>
    public string WrittenRows => $"(SELECT * FROM {Stage} WHERE \"bucardo$origin\" IS NOT NULL)";

    /// <summary>Deletes the rows that are gone, and only those.</summary>
    public string DeleteGone(string rows) =>
        SqlText.Load("Replication/Sql/delete_rows.sql", ("table", _shape.OnlyName), ("rows", rows), ("match", RowMatch()), ("gone", "NOT s.\"bucardo$present\""));

    /// <summary>Staged rows with another GENERATED ALWAYS identity than the row that stands, which no UPDATE can set, as a source of rows; null where there is no such column.</summary>
    public string? ChangedIdentities()
    {
        var identities = _layout.DataColumns.Where(c => Column(c).IsIdentityAlways).Select(c => $"t.{Quote.Identifier(c)} IS DISTINCT FROM s.{Quote.Identifier(c)}").ToList();
        return identities.Count == 0 ? null : $"(SELECT s.* FROM {Stage} s JOIN {_shape.OnlyName} t ON {RowMatch()} WHERE s.\"bucardo$present\" AND ({string.Join(" OR ", identities)}))";
    }

    /// <summary>Puts rows in the place of those that stand, in one statement: what refers to them by a foreign key that only refuses finds them at its end.</summary>
    public string Replace(string rows) => SqlText.Load("Replication/Sql/replace_rows.sql",
        ("target", _shape.QuotedName), ("table", _shape.OnlyName), ("columns", Quote.List(_layout.Columns)), ("values", Quote.List(_layout.Columns, "s.")), ("rows", rows), ("match", RowMatch()));

    /// <summary>Staged rows without the values of some columns, as a source of rows.</summary>
    public string StagedWithout(IReadOnlyCollection<string> columns) =>
        $"(SELECT {string.Join(", ", RowColumns.Select(c => columns.Contains(c) ? $"NULL::{Column(c).BaseType} AS {Quote.Identifier(c)}" : "s." + Quote.Identifier(c)))} FROM {Stage} s)";

    /// <summary>The rows that stand where others are staged: table and place. The last column says whether they are to stay.</summary>
    public string PlacesOf(string rows) => $"SELECT t.tableoid, t.ctid::text, s.\"bucardo$present\" FROM {_shape.OnlyName} t JOIN {rows} s ON {RowMatch()}";

    /// <summary>SQL of a column's default; null where there is none.</summary>
    internal string? DefaultOf(string column) => Column(column).Expression is { } expression ? $"({expression})::{Column(column).CastType}" : null;

    /// <summary>Oid of the table on the node.</summary>
    internal uint Oid => _shape.Oid;

    /// <summary>Whether a row has the same key as a staged one.</summary>
    internal string StageMatch(string alias, string staged = "r") => Match(i => $"{alias}.{Quote.Identifier(_keys[i])}", i => $"{staged}.{Quote.Identifier(_keys[i])}");
}
