using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Replication;

/// <summary>The SQL that finds what one foreign key would refuse if the rows of a step were written that are staged. Text only, nothing is run here.</summary>
public sealed class EnforcedKeySql
{
    readonly ForeignKey _key;

    /// <summary>Creates the SQL.</summary>
    /// <param name="key">The foreign key.</param>
    /// <param name="child">The table that refers.</param>
    /// <param name="parent">The table that it refers to.</param>
    /// <param name="settles">The SQL that settles what it refuses; null where that is left to people: see <see cref="ForeignKeySql.Create"/>.</param>
    public EnforcedKeySql(ForeignKey key, TableSql child, TableSql parent, ForeignKeySql? settles) => (_key, Child, Parent, Settles) = (key, child, parent, settles);

    /// <summary>The table that refers.</summary>
    public TableSql Child { get; }

    /// <summary>The table that it refers to.</summary>
    public TableSql Parent { get; }

    /// <summary>The SQL that settles what it refuses; null where that is left to people.</summary>
    public ForeignKeySql? Settles { get; }

    /// <summary>Staged rows of the child that would be refused: key, origin, version, time.</summary>
    /// <param name="parentStaged">Whether rows of the parent are staged.</param>
    public string Refused(bool parentStaged) => Refused(parentStaged, $"{Child.CanonicalRowKeys("s.")}, s.\"bucardo$origin\", s.\"bucardo$version\"::text, s.\"bucardo$at\"");

    /// <summary>The same with the parent's key after the row's own and the row after the rest; only where it settles.</summary>
    public string RefusedRows(bool parentStaged) => Refused(parentStaged,
        $"{Child.CanonicalRowKeys("s.")}, {Settles!.ParentKeysOf("s.")}, s.\"bucardo$origin\", s.\"bucardo$version\"::text, s.\"bucardo$at\", ({Child.RowAsJson("s.")})::text");

    /// <summary>Staged deletions of the parent that would be refused, or take rows of the child along: key, origin, version, time.</summary>
    /// <param name="childStaged">Whether rows of the child are staged.</param>
    public string Doomed(bool childStaged) => SqlText.Load("Replication/Sql/enforced_doomed.sql",
        ("key", Parent.CanonicalRowKeys("s.")), ("parent_stage", Parent.Stage), ("parent", Parent.OnlyName), ("child", Child.OnlyName), ("refers_to_standing", RefersTo("p.", "t.")),
        ("same", Parent.KeyMatch("p.", i => "s." + Quote.Identifier(Parent.Table.KeyColumns[i]))),
        ("unstaged", childStaged ? $" AND NOT EXISTS (SELECT FROM {Child.Stage} r WHERE {Child.StageMatch("t")})" : ""));

    /// <summary>Whether the parent of a row of the child, by the alias <c>s</c>, is there or is none.</summary>
    public string ParentStands => $"({string.Join(" OR ", _key.Columns.Select(c => $"s.{Quote.Identifier(c)} IS NULL"))} OR EXISTS (SELECT FROM {Parent.OnlyName} p WHERE {RefersTo("p.", "s.")}))";

    /// <summary>Whether a row of the child refers to the row of the parent with the key of <c>s</c>.</summary>
    public string IsReferredTo => ReferredTo("");

    /// <summary>Staged deletions of the parent that would do something to rows of the child, instead of being refused.</summary>
    public string? Acting => _key.OnDelete == DeleteAction.Refuse ? null : $"SELECT EXISTS (SELECT FROM {Parent.Stage} s WHERE NOT s.\"bucardo$present\" AND {ReferredTo(Child == Parent ? Going : "")})";

    /// <summary>The referring columns that can be empty for a while.</summary>
    public IEnumerable<string> NullableColumns => _key.Columns.Where(c => Child.MayBeNull(c) && !Child.Table.KeyColumns.Contains(c));

    // Rows that go in the same statement.
    string Going => $" AND NOT EXISTS (SELECT FROM {Child.Stage} r WHERE NOT r.\"bucardo$present\" AND {Child.StageMatch("t")})";

    string ReferredTo(string unless) =>
        $"EXISTS (SELECT FROM {Parent.OnlyName} p JOIN {Child.OnlyName} t ON {RefersTo("p.", "t.")} WHERE {Parent.KeyMatch("p.", i => "s." + Quote.Identifier(Parent.Table.KeyColumns[i]))}{unless})";

    string Refused(bool parentStaged, string select) => SqlText.Load("Replication/Sql/enforced_refused.sql",
        ("select", select), ("child_stage", Child.Stage), ("parent", Parent.OnlyName),
        ("refers", string.Join(" AND ", _key.Columns.Select(c => $"s.{Quote.Identifier(c)} IS NOT NULL"))), ("refers_to_standing", RefersTo("p.", "s.")),
        ("stays", parentStaged ? $" AND NOT EXISTS (SELECT FROM {Parent.Stage} r WHERE NOT r.\"bucardo$present\" AND {Parent.StageMatch("p")})" : ""),
        ("comes", parentStaged ? $"AND NOT EXISTS (SELECT FROM {Parent.Stage} r WHERE r.\"bucardo$present\" AND {RefersTo("r.", "s.")})" : ""));

    string RefersTo(string parent, string child) =>
        string.Join(" AND ", _key.Columns.Select((c, i) => $"{parent}{Quote.Identifier(_key.ParentColumns[i])} OPERATOR({_key.Operators[i]}) {child}{Quote.Identifier(c)}"));
}
