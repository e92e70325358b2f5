using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Capture;

// What a large statement changes: its first rows are recorded one by one, the keys of the others many to a row. A row for each of them cost an INSERT half as much again as it takes by itself.
public sealed partial class CaptureSql
{
    // PostgreSQL takes an array for ten values when it plans; much more, and it would join what is read of large tables row by row.
    internal const int KeysEach = 100;

    // Of one statement. The rows of the fourth block are read past those of three.
    const int Blocks = 4;

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

    // A piece of an array whose elements have all the same length is found without going through those before it.
    bool RecordsInBlocks => RecordsInBulk && _keys.All(k => _table.Find(k)!.HasFixedLength);

    int BlocksEnd => _options.FirstRows + (RecordsInBlocks ? Blocks * _options.BlockRows : 0);

    string FirstOnly => RecordsInBulk ? $" LIMIT {Number(_options.FirstRows)}" : "";

    // Counts what has been recorded.
    string Done => RecordsInBlocks ? $"\n    done bigint := {Number(_options.FirstRows)};" : "";

    string RecordLarge() => !RecordsInBulk ? "" : SqlText.Load("Capture/Sql/capture_bulk.sql",
        ("few", Number(Math.Min(KeysEach, _options.FirstRows))), ("record", RecordRest()), ("blocks", RecordsInBlocks ? RecordBlocks() : ""), ("blocks_end", RecordsInBlocks ? "\n            END IF;" : ""));

    string RecordRest()
    {
        var (added, removed) = (Rest("bucardo_new"), Rest("bucardo_old"));
        return Record(Keys(added), Keys($"({added}) UNION ({removed})"), Keys(removed));

        string Rest(string rows) => $"SELECT {Quote.List(_keys)} FROM {rows} OFFSET {Number(BlocksEnd)}";
        string Keys(string rest) => SqlText.Load("Capture/Sql/capture_bulk_keys.sql", ("arrays", Arrays), ("now", Now), ("keys_each", Number(KeysEach)), ("rest", rest), ("change_keys", ChangeKeys));
    }

    string RecordBlocks()
    {
        var (added, removed) = (Block("bucardo_new"), Block("bucardo_old"));
        var update = SqlText.Load("Capture/Sql/capture_block_update.sql",
            ("arrays", Arrays), ("added", added), ("removed", removed), ("change_keys", ChangeKeys), ("now", Now), ("keys_each", Number(KeysEach)), ("pieces", Each(k => Piece("added", k))), ("removed_pieces", Each(k => Piece("removed", k))),
            ("differ", string.Join(" OR ", _keys.Select((_, i) => $"{Piece("removed", ChangeKey(i))} OPERATOR(pg_catalog.<>) {Piece("added", ChangeKey(i))}"))));
        return SqlText.Load("Capture/Sql/capture_blocks.sql",
            ("end", Number(BlocksEnd)), ("block", Number(_options.BlockRows)), ("full", Number((_options.BlockRows + KeysEach - 1) / KeysEach)), ("record", Record(Keys(added), update, Keys(removed))));

        string Block(string rows) => $"SELECT {Quote.List(_keys)} FROM {rows} OFFSET bucardo.done LIMIT {Number(_options.BlockRows)}";
        string Piece(string of, string key) => $"{of}.{key}[i:i OPERATOR(pg_catalog.+) {Number(KeysEach - 1)}]";
        string Keys(string rows) => SqlText.Load("Capture/Sql/capture_block_keys.sql",
            ("pieces", Each(k => Piece("added", k))), ("arrays", Arrays), ("rows", rows), ("change_keys", ChangeKeys), ("now", Now), ("keys_each", Number(KeysEach)));
    }

    string Record(string insert, string update, string delete) =>
        SqlText.Load("Capture/Sql/capture_bulk_record.sql", ("bulk", BulkTable(_id)), ("change_keys", ChangeKeys), ("insert", insert), ("update", update), ("delete", delete));

    string Arrays => Each(k => $"pg_catalog.array_agg({k})");

    string Each(Func<string, string> of) => string.Join(", ", _keys.Select((_, i) => of(ChangeKey(i))));
}
