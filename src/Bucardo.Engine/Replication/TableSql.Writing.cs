using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Replication;

// Writing the rows that have come.
public sealed partial class TableSql
{
    /// <summary>How many of the staged rows exist, and how many are gone.</summary>
    public string CountStaged() => $"SELECT count(*) FILTER (WHERE \"bucardo$present\"), count(*) FILTER (WHERE NOT \"bucardo$present\") FROM {Stage}";

    /// <summary>Empties the stage.</summary>
    public string EmptyStage() => "TRUNCATE " + Stage;

    /// <summary>Whether rows may have to be deleted and inserted anew although they exist: no UPDATE can set a GENERATED ALWAYS identity.</summary>
    public bool ReplacesIdentities => _layout.DataColumns.Any(c => Column(c).IsIdentityAlways);

    /// <summary>Deletes the rows that are gone, and those whose GENERATED ALWAYS identity differs.</summary>
    public string DeleteRows(string rows)
    {
        var identities = _layout.DataColumns.Where(c => Column(c).IsIdentityAlways).Select(c => $"t.{Quote.Identifier(c)} IS DISTINCT FROM s.{Quote.Identifier(c)}");
        return SqlText.Load("Replication/Sql/delete_rows.sql", ("table", _shape.OnlyName), ("rows", rows), ("match", RowMatch()),
            ("gone", string.Join(" OR ", identities.Prepend("NOT s.\"bucardo$present\""))));
    }

    /// <summary>Updates the rows that differ; null where the key is all there is.</summary>
    public string? UpdateRows(string rows)
    {
        // A key that is written in another way, 1.0 as 1.00, is the same key and another value.
        var columns = _layout.Columns.Where(c => (!_keys.Contains(c) || Column(c).HasEqualForms) && !Column(c).IsIdentityAlways).ToList();
        if (columns.Count == 0) return null;
        return SqlText.Load("Replication/Sql/update_rows.sql", ("table", _shape.OnlyName), ("rows", rows), ("match", RowMatch()),
            ("assignments", string.Join(", ", columns.Select(c => $"{Quote.Identifier(c)} = s.{Quote.Identifier(c)}"))),
            ("old", string.Join(", ", columns.Select(c => $"t.{Quote.Identifier(c)}::{Column(c).CastType}"))),
            ("new", string.Join(", ", columns.Select(c => $"s.{Quote.Identifier(c)}::{Column(c).CastType}"))));
    }

    /// <summary>Inserts the rows that are not there; a row that appears meanwhile is left alone.</summary>
    public string InsertRows(string rows) => InsertRows(rows, OnKeyConflict, "");

    /// <summary>How many of about two hundred staged rows, looked up at random, exist already; parameter: how many rows are staged.</summary>
    public string SampleStaged() => SqlText.Load("Replication/Sql/sample_staged.sql", ("table", _shape.OnlyName), ("stage", Stage), ("match", RowMatch()));

    /// <summary>Inserts rows of which none is there, and fails if one is; null where a key that is there twice is no error at once.</summary>
    public string? InsertNewRows(string rows) => !_key.IsImmediate ? null : SqlText.Load("Replication/Sql/insert_new_rows.sql",
        ("target", _shape.QuotedName), ("columns", Quote.List(_layout.Columns)), ("values", Quote.List(_layout.Columns, "s.")), ("rows", rows));

    /// <summary>Deletes all rows that are to be written, so that they can be inserted anew: for unique values that change places.</summary>
    public string DeleteAllRows(string rows) => SqlText.Load("Replication/Sql/delete_all_rows.sql", ("table", _shape.OnlyName), ("rows", rows), ("match", RowMatch()));

    internal string InsertRows(string rows, string conflict, string where) => SqlText.Load("Replication/Sql/insert_rows.sql",
        ("target", _shape.QuotedName), ("table", _shape.OnlyName), ("columns", Quote.List(_layout.Columns)), ("values", Quote.List(_layout.Columns, "s.")),
        ("rows", rows), ("match", RowMatch()), ("where", where), ("conflict", conflict));
}
