using System.Globalization;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>The SQL of one table on one node: what is pending, sending rows, applying rows. Text only, nothing is run here.</summary>
public sealed partial class TableSql
{
    readonly TableLayout _layout;
    readonly TableShape _shape;
    readonly UniqueKey _key;
    readonly int? _captured;
    readonly int _node;
    readonly bool _merges;
    readonly IReadOnlyList<string> _keys;

    /// <summary>How many bytes of rows are held in memory at once, at most; larger ones are streamed, however few they are.</summary>
    const long MostBytes = 1_000_000;

    /// <summary>Creates the SQL of a table on a node.</summary>
    /// <param name="layout">How its rows travel.</param>
    /// <param name="shape">The table as the node has it.</param>
    /// <param name="captured">Its id in <c>bucardo_node.captured</c>; null where the node has no change table for it.</param>
    /// <param name="node">Id of the node.</param>
    /// <param name="merges">Whether the node keeps the states that merging the table's rows takes.</param>
    public TableSql(TableLayout layout, TableShape shape, int? captured, int node, bool merges = false)
    {
        (_layout, _shape, _captured, _node, _merges) = (layout, shape, captured, node, merges);
        _keys = layout.Table.KeyColumns;
        _key = shape.FindKey(_keys) ?? throw new InvalidOperationException($"{shape.FullName} has no key.");
        Unique = new UniqueSql(layout, shape, this);
    }

    /// <summary>The table in the control database.</summary>
    public Bucardo.Model.Table Table => _layout.Table;
    /// <summary>Which of its rows exclude each other.</summary>
    public UniqueSql Unique { get; }

    /// <summary>Name of the temporary table that received rows are staged in.</summary>
    public string Stage => $"pg_temp.bucardo_stage_{_layout.Table.Id}";

    /// <summary>Columns of a row as it travels: the layout's, then whether it exists, origin, version and time; and its state, where rows are merged.</summary>
    public IReadOnlyList<string> RowColumns => [.. _layout.Columns, "bucardo$present", "bucardo$origin", "bucardo$version", "bucardo$at", .. _layout.HasStates ? new[] { "bucardo$state" } : []];

    /// <summary>Index of the column that says whether the row exists.</summary>
    public int PresentColumn => _layout.Columns.Count;

    /// <summary>Creates the stage.</summary>
    public string CreateStage() => SqlText.Load("Replication/Sql/stage.sql",
        ("stage", Stage[(Stage.IndexOf('.') + 1)..]),
        ("columns", string.Join(", ", _layout.Columns.Select(c => $"{Quote.Identifier(c)} {Column(c).BaseType}{Collate(c)}"))),
        ("state", _layout.HasStates ? ",\n    \"bucardo$state\" text" : ""));

    /// <summary>COPY into the stage.</summary>
    public string CopyIn() => $"COPY {Stage} ({Quote.List(RowColumns)}) FROM STDIN{Format}";

    /// <summary>The stage as a source of rows.</summary>
    public string StagedRows => Stage;

    /// <summary>Arrays of text (parameters from $1 on, one per column of a row) as a source of rows: for small rounds.</summary>
    public string ArrayRows()
    {
        string[] types = ["boolean", "integer", "xid8", "timestamptz", .. _layout.HasStates ? new[] { "text" } : []];
        string[] values = [.. _layout.Columns.Select((c, i) => Column(c).FromText($"a{i}")), .. types.Select((t, i) => $"a{_layout.Columns.Count + i}::{t}")];
        var names = RowColumns;
        var arrays = string.Join(", ", names.Select((_, i) => $"${i + 1}::text[]"));
        var columns = string.Join(", ", names.Select((n, i) => $"{values[i]} AS {Quote.Identifier(n)}"));
        return $"(SELECT {columns}, row AS \"bucardo$row\" FROM unnest({arrays}) WITH ORDINALITY AS u({string.Join(", ", names.Select((_, i) => $"a{i}"))}, row))";
    }

    /// <summary>The pending keys of this node, as a query.</summary>
    public string Pending(Window window) => SqlText.Load(
        window.IsCut ? "Replication/Sql/pending_cut.sql" : "Replication/Sql/pending.sql",
        ("keys", ChangeKeys(window.IsCut ? "c." : "")), ("match", Match(i => "w." + CaptureSql.ChangeKey(i), i => "c." + CaptureSql.ChangeKey(i))), ("node", Number(_node)), ("changes", Changes),
        ("new", IsNew(window, "c.")), ("read", IsRead(window, "c.")), ("window", IsIn(window, window.IsCut ? "c." : "")), ("window_again", IsIn(window, "w.")),
        ("read_pending", IsRead(window, "pending.")), ("unseen", Unseen(window)));

    /// <summary>How many changes are pending; of each kind of change row no more than a limit are looked at. The second column counts those that the receivers know by other ways too.</summary>
    public string CountPending(Window window, long limit)
    {
        var oneByOne = SqlText.Load("Replication/Sql/pending_count.sql", ("change", Change), ("window", IsIn(window, "")), ("unseen", Unseen(window)), ("limit", Number(limit)));
        return !HasBulk ? oneByOne : SqlText.Load("Replication/Sql/pending_count_bulk.sql", ("one_by_one", oneByOne), ("bulk", Bulk), ("window", IsIn(window, "")), ("limit", Number(limit)));
    }

    /// <summary>What is pending, per origin, the oldest transactions first up to a limit: table, origin, number of change rows, time of the first.</summary>
    public string Measure(Window window, long limit) => SqlText.Load("Replication/Sql/measure.sql",
        ("table", Number(Table.Id)), ("node", Number(_node)), ("first", First(IsIn(window, ""), Number(limit))), ("unseen", Unseen(window)), ("limit", Number(limit)));

    /// <summary>Transaction and place of the change rows that the receivers have not seen, and how many keys each records, for finding where to cut a large backlog.</summary>
    public string NewChanges(Window window) => New("xid, seq", window, "");

    /// <summary>The first of them, of each kind one more than $1, in the order of the index.</summary>
    public string FirstChanges(Window window) => New("xid", window, " ORDER BY xid LIMIT $1 + 1");

    /// <summary>Transactions of the changes that were written here, dated $1 or later.</summary>
    public static string OwnChangesSince(int captured) => $"SELECT xid FROM bucardo_node.{CaptureSql.ChangesView(captured)} WHERE origin IS NULL AND at >= $1";

    /// <summary>
    /// What a change table holds of an origin's ($1) transactions from $2 on becomes the node's own, for the origin has lost them. What was overwritten since goes:
    /// the same transaction ids will come again and mean something else. What the origin still knows ($3, $4: its transactions and times) stays what it is.
    /// </summary>
    public static IReadOnlyList<string> AdoptLost(int captured, int keys)
    {
        const string Lost = "origin = $1 AND origin_xid >= $2 AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::timestamptz[]) AS k(xid, at) WHERE k.xid::xid8 = c.origin_xid AND k.at = c.at)";
        return
        [
            SqlText.Load("Replication/Sql/adopt_lost.sql",
                ("change", CaptureSql.ChangeTable(captured)), ("changes", CaptureSql.ChangesView(captured)), ("keys", string.Join(", ", Enumerable.Range(0, keys).Select(CaptureSql.ChangeKey)))),
            $"DELETE FROM bucardo_node.{CaptureSql.ChangeTable(captured)} c WHERE {Lost}",
            $"UPDATE bucardo_node.truncation c SET origin = NULL, origin_xid = NULL, xid = pg_current_xact_id() WHERE captured = {Number(captured)} AND {Lost}",
        ];
    }

    /// <summary>Transactions and times of the changes of an origin ($1) from its transaction $2 on that a change table has.</summary>
    public static string LoggedSince(int captured) => $"SELECT origin_xid AS xid, at FROM bucardo_node.{CaptureSql.ChangeTable(captured)} WHERE origin = $1 AND origin_xid >= $2";

    /// <summary>Transactions and times of all changes of an origin ($1) that a node's change table has.</summary>
    public static string LoggedOf(int captured, int node) =>
        $"SELECT coalesce(origin_xid, xid) AS xid, at FROM bucardo_node.{CaptureSql.ChangesView(captured)} WHERE coalesce(origin, {Number(node)}) = $1";

    /// <summary>The pending keys as text, for decisions: canonical key columns, origin, version, local xid, time, sequence.</summary>
    public string Collect(string pending) => $"SELECT {CanonicalChangeKeys("p.")}, p.origin, p.version::text, p.xid::text, p.at, p.seq FROM ({pending}) AS p";

    /// <summary>The node's versions of given keys; parameters: one array of canonical texts per key column.</summary>
    public string PendingKeys() => SqlText.Load("Replication/Sql/pending_keys.sql",
        ("keys", ChangeKeys("c.")), ("node", Number(_node)), ("changes", Changes),
        ("arrays", KeyArrays), ("texts", KeyTexts),
        ("match", Match(i => "c." + CaptureSql.ChangeKey(i), i => Column(_keys[i]).FromText($"u.t{i}"))));

    /// <summary>Which of given keys have been logged here as a version; parameters: one array of canonical texts per key column.</summary>
    public string Logged(RowVersion version) => SqlText.Load("Replication/Sql/logged.sql",
        ("canonical", CanonicalChangeKeys("c.")), ("changes", Changes), ("arrays", KeyArrays), ("texts", KeyTexts), ("node", Number(_node)), ("origin", Number(version.Origin)), ("version", Xid(version.Xid)),
        ("match", Match(i => "c." + CaptureSql.ChangeKey(i), i => Column(_keys[i]).FromText($"u.t{i}"))));

    /// <summary>Which of given keys changed here behind a step's cut; parameters: one array of canonical texts per key column.</summary>
    public string ChangedBehind(Window window) => SqlText.Load("Replication/Sql/behind.sql",
        ("canonical", CanonicalChangeKeys("c.")), ("changes", Changes), ("arrays", KeyArrays), ("texts", KeyTexts), ("new", IsNew(window, "c.")), ("read", IsRead(window, "c.")),
        ("match", Match(i => "c." + CaptureSql.ChangeKey(i), i => Column(_keys[i]).FromText($"u.t{i}"))));

    /// <summary>The rows of pending keys, as a query in the form in which rows travel.</summary>
    public string RowsOf(string pending, bool asText) => Rows($"({pending}) AS c", i => "c." + CaptureSql.ChangeKey(i), asText, "");

    /// <summary>The rows of one part of the picked keys, as a query in the form in which rows travel.</summary>
    public string RowsOfPicked(int part, bool asText) =>
        Rows("pg_temp.bucardo_pick AS c", i => Column(_keys[i]).FromText($"c.k{i + 1}"), asText, $" WHERE c.part = {Number(part)}");

    /// <summary>The rows of given keys as text; parameters: one array of canonical texts per key column.</summary>
    public string RowsOfKeys() => SqlText.Load("Replication/Sql/rows_of_keys.sql",
        ("columns", string.Join(", ", _layout.Columns.Select(c => Travelling(c, "t." + Quote.Identifier(c)) + "::text"))), ("arrays", KeyArrays), ("names", KeyTexts), ("table", _shape.OnlyName),
        ("match", Match(i => "t." + Quote.Identifier(_keys[i]), i => Column(_keys[i]).FromText($"u.t{i}"))));

    /// <summary>Keys as a source of rows, for logging them as changes of this node's own; parameters: one array of canonical texts per key column.</summary>
    public string KeyRows() => SqlText.Load("Replication/Sql/keys.sql",
        ("texts", string.Join(", ", _keys.Select((k, i) => $"{Column(k).FromText($"u.t{i}")} AS {Quote.Identifier(k)}"))), ("arrays", KeyArrays), ("names", KeyTexts),
        ("table", _shape.OnlyName), ("now", CaptureSql.Now),
        ("match", Match(i => "t." + Quote.Identifier(_keys[i]), i => Column(_keys[i]).FromText($"u.t{i}"))));

    /// <summary>What a settlement makes of a row, in the form in which rows travel as parameters.</summary>
    public string?[] RowOf(Settlement settlement)
    {
        var (version, key) = (settlement.Winner, RowKey.Split(settlement.Key));
        var row = settlement.Resolution.Row ?? settlement.Conflict.Contenders[settlement.Resolution.Winner].Row;
        return
        [
            .. _layout.Columns.Select(c => row is not null ? row[c] : _keys.ToList().IndexOf(c) is >= 0 and var i ? key[i] : null),
            row is not null ? "true" : "false", Number(version.Origin), version.Xid.ToString(CultureInfo.InvariantCulture), version.At.ToString("O", CultureInfo.InvariantCulture),
            .. _layout.HasStates ? new[] { settlement.Resolution.State } : [],
        ];
    }

    /// <summary>COPY of a query's rows.</summary>
    public string CopyOut(string rows) => $"COPY ({rows}) TO STDOUT{Format}";

    /// <summary>Locks the rows to be written; those that somebody else holds come back in the form of <see cref="Moved"/>.</summary>
    public string LockRows(string rows) => SqlText.Load("Replication/Sql/lock_rows.sql",
        ("table", _shape.OnlyName), ("rows", rows), ("match", RowMatch()), ("row_keys", Quote.List(_keys, "t.")), ("canonical", CanonicalRowKeys("s.")), ("row", RowNumber(rows)),
        ("locked_match", Match(i => "l." + Quote.Identifier(_keys[i]), i => "s." + Quote.Identifier(_keys[i]))));

    /// <summary>Locks rows before the round looks at them; parameters: one array of canonical texts per key column.</summary>
    public string HoldRows() => SqlText.Load("Replication/Sql/hold_rows.sql",
        ("table", _shape.OnlyName), ("arrays", string.Join(", ", _keys.Select((_, i) => $"${i + 1}::text[]"))), ("names", string.Join(", ", _keys.Select((_, i) => $"t{i}"))),
        ("match", Match(i => "t." + Quote.Identifier(_keys[i]), i => Column(_keys[i]).FromText($"u.t{i}"))), ("row_keys", Quote.List(_keys, "t.")));

    /// <summary>
    /// Rows whose keys moved here since the node's snapshot: canonical key, origin, version, time, and the row's number (from 1) where rows come as arrays.
    /// </summary>
    public string Moved(string rows, Snapshot read) => SqlText.Load("Replication/Sql/moved.sql",
        ("canonical", CanonicalRowKeys("s.")),
        ("rows", rows), ("row", RowNumber(rows)),
        ("changes", Changes), ("low", Xid(read.Xmin)), ("read", Quote.Literal(read.ToString())), ("truncated", Truncated(read)),
        ("change_match", Match(i => "c." + CaptureSql.ChangeKey(i), i => "s." + Quote.Identifier(_keys[i]))));

    /// <summary>All keys that moved here since the node's snapshot, as canonical texts.</summary>
    public string AllMoved(Snapshot read) =>
        $"SELECT DISTINCT {CanonicalChangeKeys("c.")} FROM bucardo_node.{Changes} c WHERE c.xid >= {Xid(read.Xmin)}::xid8 AND NOT pg_visible_in_snapshot(c.xid, {Quote.Literal(read.ToString())}::pg_snapshot)";

    /// <summary>Takes keys out of the stage; parameters: one array of canonical texts per key column.</summary>
    public string RemoveFromStage() =>
        $"DELETE FROM {Stage} s USING unnest({string.Join(", ", _keys.Select((_, i) => $"${i + 1}::text[]"))}) AS u({string.Join(", ", _keys.Select((_, i) => $"t{i}"))}) "
        + "WHERE " + string.Join(" AND ", _keys.Select((k, i) => $"{Column(k).CanonicalText("s." + Quote.Identifier(k))} = u.t{i}"));

    /// <summary>Inserts the one row whose key is given by the parameters from <paramref name="first"/> on.</summary>
    public string InsertRow(string rows, int first) => InsertRows(rows, "", " AND " + Given("s.", first));

    /// <summary>The version in which the given row comes: origin, version, time.</summary>
    public string VersionOfRow(string rows, int first) =>
        $"SELECT s.\"bucardo$origin\", s.\"bucardo$version\"::text, s.\"bucardo$at\" FROM {rows} s WHERE {Given("s.", first)} AND s.\"bucardo$origin\" IS NOT NULL";

    /// <summary>The version that the node holds of the given key: origin, version, time.</summary>
    public string VersionOfKey() =>
        $"SELECT coalesce(c.origin, {Number(_node)}), coalesce(c.origin_xid, c.xid)::text, c.at FROM bucardo_node.{Changes} c WHERE "
        + Match(i => "c." + CaptureSql.ChangeKey(i), i => Column(_keys[i]).FromText($"${i + 1}::text")) + " ORDER BY c.seq DESC, c.xid DESC LIMIT 1";

    /// <summary>Deletes the given row.</summary>
    public string DeleteRow() => $"DELETE FROM {_shape.OnlyName} t WHERE {Given("t.", 1)}";

    /// <summary>Records a change of the given key as this node's own.</summary>
    public string LogOwn() => $"INSERT INTO bucardo_node.{Change} ({ChangeKeys()}, at) VALUES ({string.Join(", ", _keys.Select((k, i) => Column(k).FromText($"${i + 1}::text")))}, {CaptureSql.Now})";

    /// <summary>Whether the node has a change table for the table.</summary>
    public bool HasChanges => _captured is not null;

    /// <summary>Takes over the states that rows come with; null where the node keeps none. A row without one starts from its present value.</summary>
    public string? StoreStates(string rows) => !_merges ? null : SqlText.Load("Replication/Sql/store_states.sql",
        ("merge", Merge), ("keys", ChangeKeys()), ("values", Quote.List(_keys, "s.")), ("rows", rows), ("state", _layout.HasStates ? "s.\"bucardo$state\"" : "NULL::text"),
        ("match", Match(i => "m." + CaptureSql.ChangeKey(i), i => "s." + Quote.Identifier(_keys[i]))));

    /// <summary>The states of given keys, in their order; null where the node keeps none. Parameters: one array of canonical texts per key column.</summary>
    public string? StatesOfKeys() => !_merges ? null
        : $"SELECT m.state::text FROM unnest({KeyArrays}) WITH ORDINALITY AS u({KeyTexts}, row) LEFT JOIN bucardo_node.{Merge} m ON {Match(i => "m." + CaptureSql.ChangeKey(i), i => Column(_keys[i]).FromText($"u.t{i}"))} ORDER BY u.row";

    /// <summary>Forgets all states but those of given keys, where the table is emptied; null where the node keeps none. Parameters: one array of canonical texts per key column.</summary>
    public string? ForgetStates() => !_merges ? null
        : $"DELETE FROM bucardo_node.{Merge} WHERE ({CanonicalChangeKeys("")}) NOT IN (SELECT {KeyTexts} FROM unnest({KeyArrays}) AS u({KeyTexts}))";

    /// <summary>Deletes the states of rows that are gone and that nobody will ask for any more; null where the node keeps none.</summary>
    public string? PurgeStates() => !_merges ? null : SqlText.Load("Replication/Sql/purge_states.sql",
        ("merge", Merge), ("changes", Changes), ("table", _shape.OnlyName),
        ("match", Match(i => "t." + Quote.Identifier(_keys[i]), i => "m." + CaptureSql.ChangeKey(i))),
        ("change_match", Match(i => "c." + CaptureSql.ChangeKey(i), i => "m." + CaptureSql.ChangeKey(i))));

    /// <summary>Logs the rows that exist as the versions that they are.</summary>
    public string LogRows(string rows) => SqlText.Load("Replication/Sql/log_rows.sql",
        ("change", Change), ("keys", ChangeKeys()), ("values", Quote.List(_keys, "s.")), ("rows", rows));

    /// <summary>Logs the rows that are gone.</summary>
    public string LogDeletions(string rows) => SqlText.Load("Replication/Sql/log_deletions.sql",
        ("change", Change), ("changes", Changes), ("keys", ChangeKeys()), ("values", Quote.List(_keys, "s.")), ("rows", rows), ("id", Number(CapturedId)),
        ("change_match", Match(i => "c." + CaptureSql.ChangeKey(i), i => "s." + Quote.Identifier(_keys[i]))));

    /// <summary>Logs again what the node holds of given keys; parameters: one array of canonical texts per key column.</summary>
    public string LogKept() => SqlText.Load("Replication/Sql/log_kept.sql",
        ("change", Change), ("changes", Changes), ("keys", ChangeKeys()), ("kept", ChangeKeys("k.")), ("node", Number(_node)), ("id", Number(CapturedId)), ("nothing", Xid(RowVersion.NothingXid)),
        ("arrays", KeyArrays), ("texts", KeyTexts), ("values", string.Join(", ", _keys.Select((k, i) => $"{Column(k).FromText($"u.t{i}")} AS {CaptureSql.ChangeKey(i)}"))),
        ("match", Match(i => "c." + CaptureSql.ChangeKey(i), i => "k." + CaptureSql.ChangeKey(i))));

    /// <summary>A row if somebody truncated the table here outside of what was read.</summary>
    public string Truncated(Snapshot read) => SqlText.Load("Replication/Sql/truncated.sql", ("id", Number(CapturedId)), ("read", Quote.Literal(read.ToString())));

    /// <summary>Empties the table, but for given keys; parameters: one array of canonical texts per key column.</summary>
    public string DeleteAllBut() =>
        $"DELETE FROM {_shape.OnlyName} t WHERE ({string.Join(", ", _keys.Select(k => Column(k).CanonicalText("t." + Quote.Identifier(k))))}) NOT IN "
        + $"(SELECT {KeyTexts} FROM unnest({KeyArrays}) AS u({KeyTexts}))";

    /// <summary>Empties the table at once.</summary>
    public string Truncate() => "TRUNCATE " + _shape.OnlyName;

    /// <summary>Keeps writers out while the table is emptied.</summary>
    public string LockTable() => $"LOCK TABLE {_shape.OnlyName} IN SHARE ROW EXCLUSIVE MODE";

    /// <summary>How many columns the key has.</summary>
    public int KeyCount => _keys.Count;

    // Where its own changes, and those that it receives, are logged one by one.
    string Change => CaptureSql.ChangeTable(Captured);

    // All that is logged.
    string Changes => CaptureSql.ChangesView(Captured);

    // What large statements changed.
    string Bulk => CaptureSql.BulkTable(Captured);

    bool HasBulk => CaptureSql.HasBulk(_shape, _keys);

    int Captured => _captured ?? throw new InvalidOperationException($"{_shape.FullName} has no change table on node {_node}.");

    internal string OnlyName => _shape.OnlyName;

    internal string ChangeKeyMatch(Func<int, string> value) => Match(i => "c." + CaptureSql.ChangeKey(i), value);

    internal string ChangesName => Changes;

    internal int CapturedId => _captured!.Value;

    internal string KeyMatch(string prefix, Func<int, string> value) => Match(i => prefix + Quote.Identifier(_keys[i]), value);

    /// <summary>A value of a key column from its text.</summary>
    internal string KeyFromText(int index, string text) => Column(_keys[index]).FromText(text);

    /// <summary>The text of a value that is compared with a key column.</summary>
    internal string KeyText(int index, string value) => Column(_keys[index]).CanonicalText($"({value})::{Column(_keys[index]).CastType}");

    internal bool MayBeNull(string column) => !Column(column).NotNull;

    internal string OnKeyConflict => _key.IsImmediate ? $"ON CONFLICT ({Quote.List(_key.Columns)}) DO NOTHING" : "";

    string Merge => CaptureSql.MergeTable(_captured!.Value);

    string KeyArrays => string.Join(", ", _keys.Select((_, i) => $"${i + 1}::text[]"));

    string KeyTexts => string.Join(", ", _keys.Select((_, i) => $"t{i}"));

    string Format => _layout.IsBinary ? " (FORMAT binary)" : "";

    internal string RowNumber(string rows) => rows == StagedRows || rows == WrittenRows ? "0::bigint" : "s.\"bucardo$row\"";

    internal string CanonicalRowKeys(string prefix) => string.Join(", ", _keys.Select(k => Column(k).CanonicalText(prefix + Quote.Identifier(k))));

    internal string Given(string prefix, int first) => Match(i => prefix + Quote.Identifier(_keys[i]), i => Column(_keys[i]).FromText($"${first + i}::text"));

    string Rows(string source, Func<int, string> key, bool asText, string where)
    {
        // The row's own key where there is a row: what is logged is equal to it, but need not be written alike.
        var columns = _layout.Columns.Select(c => Travelling(c, _keys.ToList().IndexOf(c) is >= 0 and var i ? $"coalesce(t.{Quote.Identifier(c)}, {key(i)})" : "t." + Quote.Identifier(c)))
            .Append("(t.tableoid IS NOT NULL)").Append("c.origin").Append("c.version").Append("c.at");
        if (_layout.HasStates) columns = columns.Append(_merges ? "m.state::text" : "NULL::text");
        var from = $"FROM {source} LEFT JOIN {_shape.OnlyName} t ON {Match(i => "t." + Quote.Identifier(_keys[i]), key)}";
        var states = _layout.HasStates && _merges ? $" LEFT JOIN bucardo_node.{Merge} m ON {Match(i => "m." + CaptureSql.ChangeKey(i), key)}" : "";
        // Found out without fetching or unpacking what is large, and before any of it is made text.
        var width = string.Join(" + ", _layout.Columns.Select(c => Column(c).Width("t." + Quote.Identifier(c))).OfType<string>().Select(w => $"coalesce({w}, 0)"));
        var light = asText && width.Length > 0 ? $"{(where.Length == 0 ? " WHERE" : " AND")} (SELECT coalesce(sum({width}), 0) <= {Number(MostBytes)} {from}{where})" : "";
        return $"SELECT {string.Join(", ", columns.Select(c => asText ? c + "::text" : c))} {from}{states}{where}{light}";
    }

    // The first changes in the order of their transactions.
    string First(string window, string limit) => SqlText.Load("Replication/Sql/first_changes.sql", ("change", Change), ("window", window), ("limit", limit),
        ("bulk", !HasBulk ? "" : SqlText.Load("Replication/Sql/first_changes_bulk.sql", ("bulk", Bulk), ("window", window), ("limit", limit))));

    string New(string columns, Window window, string first) => SqlText.Load("Replication/Sql/new_changes.sql", ("columns", columns), ("change", Change), ("new", IsNew(window, "")), ("first", first),
        ("bulk", !HasBulk ? "" : SqlText.Load("Replication/Sql/new_changes_bulk.sql", ("columns", columns), ("bulk", Bulk), ("new", IsNew(window, "")), ("first", first))));

    // Whether a change row lies outside what the receivers have seen; the first condition is the one that the index serves.
    static string IsNew(Window window, string prefix)
    {
        var skip = window.Skip is { } part ? $" AND NOT {IsIn(part, prefix)}" : "";
        return $"{prefix}xid >= {WindowSql.SeenXmin(window)}::xid8 AND NOT pg_visible_in_snapshot({prefix}xid, {WindowSql.Seen(window)}::pg_snapshot){skip}";
    }

    static string IsIn(Window window, string prefix) => $"{IsNew(window, prefix)} AND {IsRead(window, prefix)}";

    static string IsRead(Window window, string prefix)
    {
        var read = $"{prefix}xid < {WindowSql.ReadXmax(window)}::xid8 AND pg_visible_in_snapshot({prefix}xid, {WindowSql.Read(window)}::pg_snapshot)";
        return window.Part is { } part ? $"({read} OR {IsIn(part, prefix)})" : read;
    }

    static string IsIn(TransactionPart part, string prefix) => $"({prefix}xid = {Xid(part.Xid)}::xid8 AND {prefix}seq <= {Number(part.Sequence)})";

    // The output function of xml drops the declaration's encoding, the cast to text does not.
    string Travelling(string column, string value) => Column(column).CastType == "xml" ? value + "::text" : value;

    static string Unseen(Window window)
    {
        if (window.SeenVersions.Count == 0) return "true";
        var cases = window.SeenVersions.Keys.Order().Select(o => $"WHEN {Number(o)} THEN pg_visible_in_snapshot(version, {WindowSql.SeenVersion(window, o)}::pg_snapshot)");
        return $"NOT CASE origin {string.Join(" ", cases)} ELSE false END";
    }

    internal string RowMatch() => Match(i => "t." + Quote.Identifier(_keys[i]), i => "s." + Quote.Identifier(_keys[i]));

    string Match(Func<int, string> left, Func<int, string> right) =>
        string.Join(" AND ", _keys.Select((k, i) => $"{left(i)} OPERATOR({Operator(k)}) {right(i)}"));

    string Operator(string key) => _key.EqualityOperators[_key.Columns.ToList().IndexOf(key)];

    string ChangeKeys(string prefix = "") => string.Join(", ", _keys.Select((_, i) => prefix + CaptureSql.ChangeKey(i)));

    string CanonicalChangeKeys(string prefix) => string.Join(", ", _keys.Select((k, i) => Column(k).CanonicalText(prefix + CaptureSql.ChangeKey(i))));

    string Collate(string column) => Column(column).Collation is { } collation ? " COLLATE " + collation : "";

    ColumnShape Column(string name) => _shape.Find(name)!;

    static string Xid(ulong xid) => Quote.Literal(xid.ToString(CultureInfo.InvariantCulture));

    static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
