using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Replication;

/// <summary>The SQL that finds out which rows of a table exclude each other, by unique indexes of every kind and exclusion constraints. Text only, nothing is run here.</summary>
public sealed class UniqueSql
{
    const string StandingRow = "(SELECT t.*) AS r";

    readonly TableShape _shape;
    readonly TableSql _table;
    readonly TableLayout _layout;

    /// <summary>Creates the SQL of a table on a node.</summary>
    /// <param name="layout">How its rows travel.</param>
    /// <param name="shape">The table as the node has it.</param>
    /// <param name="table">The rest of its SQL.</param>
    public UniqueSql(TableLayout layout, TableShape shape, TableSql table) => (_layout, _shape, _table) = (layout, shape, table);

    /// <summary>Whether a constraint is checked by a trigger only, which does not fire on a replica, or at the end of the transaction.</summary>
    public bool HasDeferrable => _shape.Rules.Any(r => !r.IsImmediate);

    /// <summary>Per rule, a query for the keys of the rows that the given row excludes.</summary>
    /// <param name="rows">Received rows.</param>
    /// <param name="first">The parameter from which on the given row's key stands.</param>
    /// <param name="locks">Whether the rivals are locked: they may have to go.</param>
    public IEnumerable<string> Rivals(string rows, int first, bool locks = true) => _shape.Rules.Select(rule => SqlText.Load("Replication/Sql/rivals.sql",
        ("canonical", _table.CanonicalRowKeys("t.")), ("rows", rows), ("table", _shape.OnlyName), ("given", _table.Given("s.", first)), ("match", _table.RowMatch()), ("lock", Lock(locks)),
        ("mine", Sides(rule, Received("s."), "mine")), ("other", Sides(rule, StandingRow, "other")), ("excludes", Excludes(rule))));

    /// <summary>
    /// Received rows that are not there though they should be, and those that are there beside a row that they exclude:
    /// canonical key, origin, version, time, and the row's number (from 1) where rows come as arrays.
    /// </summary>
    /// <param name="rows">Received rows.</param>
    public string Contested(string rows) => SqlText.Load("Replication/Sql/contested.sql",
        ("canonical", _table.CanonicalRowKeys("s.")), ("row", _table.RowNumber(rows)), ("rows", rows), ("table", _shape.OnlyName), ("match", _table.RowMatch()),
        ("offends", string.Concat(_shape.Rules.Where(r => !r.IsImmediate).Select(r => "\n    OR " + Stands(r, $"{_shape.OnlyName} t", StandingRow)))));

    /// <summary>Inserts the rows that are not there and that nothing excludes, neither in the table nor among the rows themselves.</summary>
    /// <remarks>ON CONFLICT cannot stand for all constraints where one of them is deferrable.</remarks>
    /// <param name="rows">Received rows.</param>
    public string InsertUndisputed(string rows)
    {
        if (!HasDeferrable) return _table.InsertRows(rows, "ON CONFLICT DO NOTHING", "");
        var immediate = _shape.Rules.Where(r => r.IsImmediate).ToList();
        var inTable = immediate.Select(r => "\n  AND NOT " + Stands(r, $"{_shape.OnlyName} t", StandingRow));
        var amongThem = immediate.Select(r => "\n  AND NOT " + Stands(r, $"{rows} t", Received("t."), "t.\"bucardo$present\" AND "));
        return _table.InsertRows(rows, _table.OnKeyConflict, string.Concat(inTable.Concat(amongThem)));
    }

    /// <summary>
    /// Where everything is staged: rows that come and that a row keeps out which stands here or comes too; and those whose place another one wants that comes. As a source of rows.
    /// </summary>
    public string Disputed() => $"(SELECT s.* FROM {_table.Stage} s WHERE s.\"bucardo$present\" AND ({string.Join("\n    OR ", _shape.Rules.SelectMany(Disputes).DefaultIfEmpty("false"))}))";

    /// <summary>Per rule, a query for the keys of the rows that the given staged row excludes and that stand here, and of which the step says nothing.</summary>
    /// <param name="locks">Whether they are locked.</param>
    public IEnumerable<string> StandingRivals(bool locks = true) => _shape.Rules.Select(rule => SqlText.Load("Replication/Sql/rivals.sql",
        ("canonical", _table.CanonicalRowKeys("t.")), ("rows", _table.Stage), ("table", _shape.OnlyName), ("given", _table.Given("s.", 1)), ("match", _table.RowMatch()), ("lock", Lock(locks)),
        ("mine", Sides(rule, Received("s."), "mine")), ("other", Sides(rule, StandingRow, "other")),
        ("excludes", $"{Excludes(rule)} AND NOT EXISTS (SELECT FROM {_table.Stage} r WHERE {_table.StageMatch("t")})")));

    /// <summary>Per rule, a query for the keys of the staged rows that the given staged row excludes.</summary>
    public IEnumerable<string> StagedRivals() => _shape.Rules.Select(rule => SqlText.Load("Replication/Sql/rivals.sql",
        ("canonical", _table.CanonicalRowKeys("t.")), ("rows", _table.Stage), ("table", _table.Stage), ("given", _table.Given("s.", 1)), ("match", _table.RowMatch()), ("lock", ""),
        ("mine", Sides(rule, Received("s."), "mine")), ("other", Sides(rule, Received("t."), "other")), ("excludes", "t.\"bucardo$present\" AND " + Excludes(rule))));

    IEnumerable<string> Disputes(UniqueRule rule)
    {
        yield return Stands(rule, $"{_shape.OnlyName} t", StandingRow);
        yield return Stands(rule, $"{_table.Stage} t", Received("t."), "t.\"bucardo$present\" AND ");
        yield return $"EXISTS (SELECT FROM {_table.Stage} q JOIN {_shape.OnlyName} t ON {_table.RowMatch()} {Sides(rule, StandingRow, "other")} {Sides(rule, Received("q."), "mine")} "
            + $"WHERE q.\"bucardo$present\" AND NOT ({_table.StageMatch("s", "q")}) AND {Excludes(rule)})";
    }

    static string Lock(bool locks) => locks ? "FOR UPDATE OF t" : "";

    // Whether another row stands there that excludes the received row s.
    string Stands(UniqueRule rule, string others, string other, string where = "") =>
        $"EXISTS (SELECT FROM {others} {Sides(rule, other, "other")} {Sides(rule, Received("s."), "mine")} WHERE {where}NOT ({_table.RowMatch()}) AND {Excludes(rule)})";

    // A received row as the table will have it: with what is computed here, and what only this node has.
    string Received(string prefix)
    {
        var omitted = _shape.Columns.Where(c => !c.IsGenerated && !_layout.Columns.Contains(c.Name)).Select(c => $"({c.Expression ?? "NULL"})::{c.CastType} AS {Quote.Identifier(c.Name)}");
        var computed = _shape.Columns.Where(c => c.IsGenerated).Select(c => $"{c.Expression} AS {Quote.Identifier(c.Name)}");
        var plain = string.Join(", ", omitted.Prepend(Quote.List(_layout.Columns, prefix)));
        return $"(SELECT {string.Join(", ", computed.Prepend("r.*"))} FROM (SELECT {plain}) AS r) AS r";
    }

    // What the rule compares, computed from one row.
    static string Sides(UniqueRule rule, string row, string name)
    {
        var values = rule.Expressions.Select((e, i) => $"{e} AS e{i}").Append($"{rule.Predicate ?? "true"} AS holds");
        return $"CROSS JOIN LATERAL (SELECT {string.Join(", ", values)} FROM {row}) AS {name}";
    }

    static string Excludes(UniqueRule rule)
    {
        var same = rule.Operators.Select((o, i) => rule.NullsAreEqual ? $"(other.e{i} OPERATOR({o}) mine.e{i} OR (other.e{i} IS NULL AND mine.e{i} IS NULL))" : $"other.e{i} OPERATOR({o}) mine.e{i}");
        return string.Join(" AND ", same.Append("other.holds").Append("mine.holds"));
    }
}
