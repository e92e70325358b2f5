using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Replication;

/// <summary>The SQL that finds and settles the orphans of one foreign key between two replicated tables. Text only, nothing is run here.</summary>
public sealed class ForeignKeySql
{
    readonly ForeignKey _key;
    readonly IReadOnlyList<(string Column, string Operator)> _columns;

    ForeignKeySql(ForeignKey key, TableSql child, TableSql parent, IReadOnlyList<(string, string)> columns) =>
        (_key, Child, Parent, _columns) = (key, child, parent, columns);

    /// <summary>The SQL of a foreign key; null where it does not refer to the key by which the parent is replicated.</summary>
    /// <param name="key">The foreign key.</param>
    /// <param name="child">The table that refers.</param>
    /// <param name="parent">The table that it refers to.</param>
    public static ForeignKeySql? Create(ForeignKey key, TableSql child, TableSql parent)
    {
        var keys = parent.Table.KeyColumns;
        if (!keys.Order(StringComparer.Ordinal).SequenceEqual(key.ParentColumns.Order(StringComparer.Ordinal))) return null;
        var order = keys.Select(k => key.ParentColumns.ToList().IndexOf(k));
        return new ForeignKeySql(key, child, parent, [.. order.Select(i => (key.Columns[i], key.Operators[i]))]);
    }

    /// <summary>Name of the constraint.</summary>
    public string Name => _key.Name;

    /// <summary>The table that refers.</summary>
    public TableSql Child { get; }

    /// <summary>The table that it refers to.</summary>
    public TableSql Parent { get; }

    /// <summary>Keys of the parent that received rows of the child refer to and that are not there.</summary>
    public string Parentless(string rows) => $"SELECT DISTINCT {ParentKeys} FROM {rows} s JOIN {Child.OnlyName} t ON {Child.RowMatch()} WHERE {Refers} AND {HasNoParent}";

    /// <summary>Keys of the parent that any row of the child refers to and that are not there.</summary>
    public string Parentless() => $"SELECT DISTINCT {ParentKeys} FROM {Child.OnlyName} t WHERE {Refers} AND {HasNoParent}";

    /// <summary>Keys of received rows of the parent that are gone though rows of the child refer to them.</summary>
    public string DeletedParents(string rows) =>
        $"SELECT {Parent.CanonicalRowKeys("s.")} FROM {rows} s WHERE NOT s.\"bucardo$present\" AND EXISTS (SELECT FROM {Child.OnlyName} t WHERE {RefersTo(i => "s." + Quote.Identifier(Parent.Table.KeyColumns[i]))})";

    /// <summary>Those of the given keys of the parent that are known to have been there: their changes are logged, or the table was truncated. Parameters: one array of texts per key column.</summary>
    public string KnownParents() => SqlText.Load("Replication/Sql/orphan_known.sql",
        ("texts", Texts(Parent)), ("arrays", Arrays(Parent)), ("changes", Parent.ChangesName), ("id", Parent.CapturedId.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("match", Parent.ChangeKeyMatch(i => Parent.KeyFromText(i, $"u.t{i}"))));

    /// <summary>Rows of the child that refer to the given keys of the parent, which are gone: key, parent's key, row. Parameters as before.</summary>
    /// <param name="parentsStay">Whether the parents are still there and about to go.</param>
    public string Orphans(bool parentsStay) => SqlText.Load("Replication/Sql/orphans.sql",
        ("key", Child.CanonicalRowKeys("t.")), ("parent_key", ParentKeys), ("row", $"({Child.RowAsJson("t.")})::text"), ("child", Child.OnlyName), ("arrays", Arrays(Parent)), ("texts", Texts(Parent)),
        ("refers", RefersTo(i => Parent.KeyFromText(i, $"u.t{i}"))), ("orphan", parentsStay ? "true" : HasNoParent));

    /// <summary>Sets what the constraint says is to be set in the given row of the child; null where it says that the row goes. Parameters: the row's key.</summary>
    public string? SetColumns()
    {
        var value = _key.OnDelete switch { DeleteAction.SetNull => "NULL", DeleteAction.SetDefault => "DEFAULT", _ => null };
        if (value is null || _key.SetColumns.Intersect(Child.Table.KeyColumns).Any()) return null;
        return $"UPDATE {Child.OnlyName} t SET {string.Join(", ", _key.SetColumns.Select(c => $"{Quote.Identifier(c)} = {value}"))} WHERE {Child.Given("t.", 1)} "
            + $"RETURNING ({Child.RowAsJson("t.")})::text, ({Refers}) AND {HasNoParent}";
    }

    /// <summary>Sets in staged rows what the constraint says is to be set; null where it says that they go. Parameters: one array of texts per column of the child's key.</summary>
    public string? StageColumns() => _key.OnDelete is not (DeleteAction.SetNull or DeleteAction.SetDefault) || !_key.SetColumns.All(CanBeSet) ? null
        : $"UPDATE {Child.Stage} s SET {string.Join(", ", _key.SetColumns.Select(c => $"{Quote.Identifier(c)} = {ValueOf(c) ?? "NULL"}"))} {OfStaged}";

    /// <summary>Makes staged rows such that are gone. Parameters as before.</summary>
    public string StageAsGone() => $"UPDATE {Child.Stage} s SET \"bucardo$present\" = false {OfStaged}";

    bool CanBeSet(string column) => !Child.Table.KeyColumns.Contains(column) && (Child.MayBeNull(column) || ValueOf(column) is not null);

    string? ValueOf(string column) => _key.OnDelete == DeleteAction.SetDefault ? Child.DefaultOf(column) : null;

    string OfStaged => $"FROM unnest({Arrays(Child)}) AS u({Texts(Child)}) WHERE {Child.KeyMatch("s.", i => Child.KeyFromText(i, $"u.t{i}"))}";

    string Refers => string.Join(" AND ", _columns.Select(c => $"t.{Quote.Identifier(c.Column)} IS NOT NULL"));

    string HasNoParent => $"NOT EXISTS (SELECT FROM {Parent.OnlyName} p WHERE {RefersTo(i => "p." + Quote.Identifier(Parent.Table.KeyColumns[i]))})";

    string ParentKeys => ParentKeysOf("t.");

    internal string ParentKeysOf(string child) => string.Join(", ", _columns.Select((c, i) => Parent.KeyText(i, child + Quote.Identifier(c.Column))));

    string RefersTo(Func<int, string> parent) => string.Join(" AND ", _columns.Select((c, i) => $"{parent(i)} OPERATOR({c.Operator}) t.{Quote.Identifier(c.Column)}"));

    static string Arrays(TableSql table) => string.Join(", ", Enumerable.Range(1, table.KeyCount).Select(i => $"${i}::text[]"));

    static string Texts(TableSql table) => string.Join(", ", Enumerable.Range(0, table.KeyCount).Select(i => $"t{i}"));
}
