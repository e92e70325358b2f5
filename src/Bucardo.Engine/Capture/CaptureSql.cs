using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Capture;

/// <summary>
/// The SQL of one table's capture on one node: change table, functions and triggers. The functions have the rights of their owner and run in the session, and with the settings, of whoever writes, so
/// nothing in them may depend on the session's search_path. Those that every statement calls name everything with its schema, operators included, and fix the path only if a key's type is not PostgreSQL's
/// own, for what such a type calls is unknown: the SET clause costs a fifth of what capture costs.
/// </summary>
public sealed partial class CaptureSql
{
    // Only local writes are captured. Where the applying role may not set session_replication_role, this tells them apart. The setting counts in sessions of the
    // function's owner (whose rights the function has), or every application could write past the capture. A WHEN on the trigger would be slower: PostgreSQL
    // reads it anew for each statement.
    const string Applied = "pg_catalog.current_setting('bucardo.origin', true) OPERATOR(pg_catalog.<>) '' AND pg_catalog.pg_has_role(session_user, current_user, 'MEMBER')";

    /// <summary>Channel on which a node says that it has changes; the name is Bucardo's.</summary>
    public const string KickChannel = "bucardo";

    /// <summary>
    /// The advisory lock that says on a node that somebody listens: listeners share it, and a capture that could have it for itself knows that nobody would hear a NOTIFY.
    /// Transactions with a NOTIFY commit one after the other, on the whole server.
    /// </summary>
    public const string ListenLock = "1651860321, 1";

    // Tried and given back within one expression: nothing can break in between and leave the lock with the application's session.
    const string Heard = $"(CASE WHEN pg_catalog.pg_try_advisory_lock({ListenLock}) THEN NOT pg_catalog.pg_advisory_unlock({ListenLock}) ELSE true END)";

    /// <summary>SQL of the time of a change made here: the node's clock, and never before a change that this one was made on (<c>bucardo_node.node.ahead</c>).</summary>
    public const string Now = "pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) (SELECT ahead FROM bucardo_node.node)";

    /// <summary>Payload on <see cref="KickChannel"/>, before the sync's name.</summary>
    public const string KickPayload = "kick_sync_";

    readonly TableShape _table;
    readonly IReadOnlyList<string> _keys;
    readonly int _id;
    readonly string _kick;
    readonly MergeSettings _merge;
    readonly int _node;
    readonly CaptureOptions _options;

    /// <summary>Creates the SQL.</summary>
    /// <param name="table">The table.</param>
    /// <param name="keys">The key columns.</param>
    /// <param name="id">Id of the table in <c>bucardo_node.captured</c>.</param>
    /// <param name="kicks">Names of the syncs to kick on a change.</param>
    /// <param name="merge">What of the table's rows is merged.</param>
    /// <param name="node">Id of the node.</param>
    /// <param name="options">How large statements are recorded.</param>
    public CaptureSql(TableShape table, IReadOnlyList<string> keys, int id, IEnumerable<string> kicks, MergeSettings? merge = null, int node = 0, CaptureOptions? options = null)
    {
        (_table, _keys, _id, _merge, _node, _options) = (table, keys, id, merge ?? new MergeSettings(false, []), node, options ?? new CaptureOptions());
        _kick = string.Join("\n        ", kicks.Select(s => $"PERFORM pg_catalog.pg_notify({Quote.Literal(KickChannel)}, {Quote.Literal(KickPayload + s)});"));
        _kick = _kick.Length == 0 ? "NULL;" : $"IF {Heard} THEN {_kick} END IF;";
    }

    /// <summary>Name of the change table of a captured table, without its schema.</summary>
    public static string ChangeTable(int id) => $"change_{id}";

    /// <summary>Name of the table that holds the states of a captured table's rows, without its schema.</summary>
    public static string MergeTable(int id) => $"merge_{id}";

    /// <summary>Name of a key column in the change table: by position, so that it cannot collide with the others.</summary>
    public static string ChangeKey(int index) => $"k{index + 1}";

    /// <summary>Name of the capture function, without its schema.</summary>
    public string Function => $"capture_{_id}";

    /// <summary>Name of the function for partitions, without its schema.</summary>
    public string LeafFunction => $"capture_leaf_{_id}";

    string ChangeKeys => string.Join(", ", _keys.Select((_, i) => ChangeKey(i)));

    /// <summary>Creates the change table, and what belongs to it: the table for large statements, where the key allows it, and the view of both.</summary>
    public string CreateChangeTable() => OneByOne() + (HasBulk(_table, _keys) ? CreateBulkTable() : "") + CreateChangesView();

    string OneByOne() => SqlText.Load("Capture/Sql/change_table.sql",
        ("change", ChangeTable(_id)),
        ("index", ChangeTable(_id) + "_xid"),
        ("comment", Quote.Literal($"keys changed in {_table.FullName}: {string.Join(", ", _keys)}")),
        ("key_definitions", string.Join(",\n    ", _keys.Select((name, i) => $"{ChangeKey(i)} {KeyType(name)} NOT NULL"))));

    /// <summary>Creates the table of the rows' states.</summary>
    public string CreateMergeTable() => SqlText.Load("Capture/Sql/merge_table.sql",
        ("merge", MergeTable(_id)),
        ("index", MergeTable(_id) + "_gone"),
        ("keys", ChangeKeys),
        ("comment", Quote.Literal($"what merging the rows of {_table.FullName} takes; gone: since when there is no row")),
        ("key_definitions", string.Join(",\n    ", _keys.Select((name, i) => $"{ChangeKey(i)} {KeyType(name)} NOT NULL"))));

    /// <summary>Gives the keys of the change table, and of what belongs to it, the types that the table's key has now.</summary>
    public string AlterChangeKeys() => $"DROP VIEW IF EXISTS bucardo_node.{ChangesView(_id)}; {AlterKeys(ChangeTable(_id))}; {(HasBulk(_table, _keys) ? AlterKeys(BulkTable(_id), "[]") + "; " : "")}{CreateChangeTable()}";

    /// <summary>The same for the table of the rows' states.</summary>
    public string AlterMergeKeys() => AlterKeys(MergeTable(_id));

    string AlterKeys(string table, string suffix = "") => $"ALTER TABLE IF EXISTS bucardo_node.{table} "
        + string.Join(", ", _keys.Select((name, i) => $"ALTER COLUMN {ChangeKey(i)} TYPE {KeyType(name, suffix)} USING {ChangeKey(i)}::{_table.Find(name)!.BaseType}{suffix}"));

    /// <summary>Creates the capture function.</summary>
    public string CreateFunction() => _merge.Any
        ? SqlText.Load("Capture/Sql/capture_merge.sql",
            [.. Common(Function), ("new_keys", Quote.List(_keys, "NEW.")), ("old_keys", Quote.List(_keys, "OLD.")), ("new_match", Match("NEW.")), ("old_match", Match("OLD.")),
            ("merge", MergeTable(_id)), ("node", Number(_node)), ("counters", CounterArray), ("columns", _merge.Columns ? "true" : "false"), ("differs", Differs)])
        : _table.IsCapturedByRow
        ? SqlText.Load("Capture/Sql/capture_row.sql", [.. Common(Function), ("new_keys", Quote.List(_keys, "NEW.")), ("old_keys", Quote.List(_keys, "OLD."))])
        : SqlText.Load("Capture/Sql/capture_statement.sql", [.. Common(Function), ("keys", Quote.List(_keys)), ("first", FirstOnly), ("rest", RecordLarge()), ("done", Done)]);

    /// <summary>Creates the function for partitions.</summary>
    public string CreateLeafFunction() => SqlText.Load("Capture/Sql/capture_leaf.sql",
        [.. Common(LeafFunction), ("format_keys", Quote.List(_keys).Replace("%", "%%").Replace("\\", "\\\\").Replace("'", "''"))]);

    /// <summary>The body of a function as PostgreSQL keeps it in pg_proc.prosrc.</summary>
    public string Body(string createFunction)
    {
        var start = createFunction.IndexOf(BodyQuote, StringComparison.Ordinal) + BodyQuote.Length;
        return createFunction[start..createFunction.IndexOf(BodyQuote, start, StringComparison.Ordinal)];
    }

    /// <summary>The triggers that the table is to have: name and the statement that creates or replaces it.</summary>
    public IEnumerable<(string Name, string Sql)> Triggers()
    {
        if (IsCapturedByRow)
        {
            yield return Trigger("bucardo_capture_row", "AFTER INSERT OR UPDATE OR DELETE", "FOR EACH ROW");
        }
        else
        {
            yield return Trigger("bucardo_capture_insert", "AFTER INSERT", "REFERENCING NEW TABLE AS bucardo_new FOR EACH STATEMENT");
            yield return Trigger("bucardo_capture_update", "AFTER UPDATE", "REFERENCING NEW TABLE AS bucardo_new OLD TABLE AS bucardo_old FOR EACH STATEMENT");
            yield return Trigger("bucardo_capture_delete", "AFTER DELETE", "REFERENCING OLD TABLE AS bucardo_old FOR EACH STATEMENT");
        }
        yield return Trigger("bucardo_capture_truncate", "BEFORE TRUNCATE", "FOR EACH STATEMENT");
    }

    /// <summary>Name of the trigger that partitions have.</summary>
    public const string LeafTrigger = "bucardo_capture_leaf";

    /// <summary>The trigger of one partition.</summary>
    /// <param name="quotedName">The partition's quoted name.</param>
    public string CreateLeafTrigger(string quotedName) =>
        $"CREATE OR REPLACE TRIGGER {LeafTrigger} BEFORE TRUNCATE ON {quotedName} FOR EACH STATEMENT EXECUTE FUNCTION bucardo_node.{LeafFunction}()";

    (string, string) Trigger(string name, string when, string each) =>
        (name, $"CREATE OR REPLACE TRIGGER {name} {when} ON {_table.QuotedName} {each} EXECUTE FUNCTION bucardo_node.{Function}()");

    bool IsCapturedByRow => _table.IsCapturedByRow || _merge.Any;

    // A type outside of pg_catalog is written with its schema.
    bool AreTypesOwn => _keys.All(k => !_table.Find(k)!.BaseType.Contains('.', StringComparison.Ordinal));

    string CounterArray => $"ARRAY[{string.Join(", ", _merge.Counters.Select(c => Quote.Literal(c)))}]::text[]";

    // Whether an UPDATE changed anything that the row's state has to say.
    string Differs => _merge.Columns ? "was <> now" : string.Join(" OR ", _merge.Counters.Select(c => $"was -> {Quote.Literal(c)} IS DISTINCT FROM now -> {Quote.Literal(c)}"));

    string Match(string row)
    {
        var key = _table.FindKey(_keys)!;
        return string.Join(" AND ", _keys.Select((k, i) => $"m.{ChangeKey(i)} OPERATOR({key.EqualityOperators[key.Columns.ToList().IndexOf(k)]}) {row}{Quote.Identifier(k)}"));
    }

    static string Number(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    string KeyType(string name, string suffix = "")
    {
        var column = _table.Find(name)!;
        return column.BaseType + suffix + (column.Collation is null ? "" : " COLLATE " + column.Collation);
    }

    // A column may be named so that it would end the function's body.
    string BodyQuote => Enumerable.Range(0, int.MaxValue).Select(i => $"$bucardo{new string('_', i)}$").First(q => !_keys.Concat(_merge.Counters).Any(k => k.Contains(q, StringComparison.Ordinal)) && !_kick.Contains(q, StringComparison.Ordinal));

    (string, string)[] Common(string function) =>
        [("function", function), ("applied", Applied), ("now", Now), ("quote", BodyQuote), ("change", ChangeTable(_id)), ("change_keys", ChangeKeys), ("kick", _kick), ("id", Number(_id)),
        ("path", AreTypesOwn ? "" : " SET search_path = pg_catalog, pg_temp"), ("types", AreTypesOwn ? "The types of the key are PostgreSQL's own." : "A type of the key is not PostgreSQL's own.")];
}
