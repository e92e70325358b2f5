using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Capture;

// What a large statement changes: its first rows are recorded one by one, the keys of the others many to a row. A row for each of them cost an INSERT half as much again as it takes by itself.
public sealed partial class CaptureSql
{
    // PostgreSQL takes an array for ten values when it plans; much more, and it would join what is read of large tables row by row.
    internal const int KeysEach = 100;

    /// <summary>Name of the table that holds the keys which large statements have changed, without its schema.</summary>
    public static string BulkTable(int id) => $"bulk_{id}";

    /// <summary>Name of the view of all changes of a captured table, without its schema.</summary>
    public static string ChangesView(int id) => $"changes_{id}";

    /// <summary>Whether there is such a table: the key's values must be such that an array of them can be taken apart again, which one of arrays cannot.</summary>
    /// <param name="table">The table.</param>
    /// <param name="keys">The key columns.</param>
    public static bool HasBulk(TableShape table, IReadOnlyList<string> keys) =>
        keys.All(k => table.Find(k)!.CastType is var type && !type.EndsWith("[]", StringComparison.Ordinal) && type is not ("int2vector" or "oidvector"));

    string CreateBulkTable() => SqlText.Load("Capture/Sql/bulk_table.sql",
        ("bulk", BulkTable(_id)),
        ("index", BulkTable(_id) + "_xid"),
        ("comment", Quote.Literal($"keys changed in {_table.FullName} by large statements: {string.Join(", ", _keys)}")),
        ("storage", string.Join(", ", _keys.Select((_, i) => $"ALTER COLUMN {ChangeKey(i)} SET STORAGE EXTERNAL"))),
        ("key_definitions", string.Join(",\n    ", _keys.Select((name, i) => $"{ChangeKey(i)} {KeyType(name, "[]")} NOT NULL"))));

    string CreateChangesView() => SqlText.Load("Capture/Sql/changes_view.sql",
        ("changes", ChangesView(_id)), ("change", ChangeTable(_id)), ("change_keys", ChangeKeys), ("comment", Quote.Literal($"all changes of {_table.FullName}")),
        ("bulk", !HasBulk(_table, _keys) ? "" : SqlText.Load("Capture/Sql/changes_view_bulk.sql",
            ("bulk", BulkTable(_id)), ("unnested", Each(k => $"unnest({k})")))));

    // Only one of a statement's keys that are equal is recorded: where the key may be violated for a while, some rows might be taken for counted that were not.
    bool RecordsInBulk => HasBulk(_table, _keys) && _table.FindKey(_keys) is { IsImmediate: true };

    string FirstOnly => RecordsInBulk ? $" LIMIT {Number(_firstRows)}" : "";

    string RecordRest()
    {
        if (!RecordsInBulk) return "";
        var (added, removed) = (Rest("bucardo_new"), Rest("bucardo_old"));
        return SqlText.Load("Capture/Sql/capture_bulk.sql",
            ("few", Number(Math.Min(KeysEach, _firstRows))), ("bulk", BulkTable(_id)), ("change_keys", ChangeKeys), ("insert", Keys(added)), ("update", Keys($"({added}) UNION ({removed})")), ("delete", Keys(removed)));

        string Rest(string rows) => $"SELECT {Quote.List(_keys)} FROM {rows} OFFSET {Number(_firstRows)}";
        string Keys(string rest) => SqlText.Load("Capture/Sql/capture_bulk_keys.sql",
            ("arrays", Each(k => $"pg_catalog.array_agg({k})")), ("now", Now), ("keys_each", Number(KeysEach)), ("rest", rest), ("change_keys", ChangeKeys));
    }

    string Each(Func<string, string> of) => string.Join(", ", _keys.Select((_, i) => of(ChangeKey(i))));
}
