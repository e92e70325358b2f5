using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

// The history of conflicts.
public sealed partial class TableSql
{
    /// <summary>
    /// Records the rows that are about to be overwritten, and returns their keys. Parameters from <paramref name="first"/> on: keys as JSON; origin, version and time of the version that is
    /// overwritten; one array of canonical texts per key column; and the rows, as JSON, that a TRUNCATE has taken away already.
    /// </summary>
    public string RecordOverwritten(string rows, int first, int sync, string strategy) => SqlText.Load("Replication/Sql/conflict_overwritten.sql",
        [.. OfConflicts(first, sync, strategy), ("rows", rows), ("new", RowAsJson("s.")), ("row_match", RowMatch()), ("match", Match(i => "s." + Quote.Identifier(_keys[i]), i => $"c.t{i}")),
            ("lost", $"${first + 4 + _keys.Count}::text[]")]);

    /// <summary>The same for rows that a TRUNCATE takes away; three parameters, the TRUNCATE's version, come first.</summary>
    public string RecordTruncated(int sync, string strategy) => SqlText.Load("Replication/Sql/conflict_truncated.sql",
        [.. OfConflicts(4, sync, strategy), ("winner", "$1, $2::xid8, $3"), ("match", Match(i => "t." + Quote.Identifier(_keys[i]), i => $"c.t{i}"))]);

    /// <summary>The rows of keys as JSON, by the keys as JSON; parameters as those of a record of a conflict.</summary>
    public string RowsOfConflicts() => SqlText.Load("Replication/Sql/conflict_rows.sql", [.. OfConflicts(1, 0, ""), ("match", Match(i => "t." + Quote.Identifier(_keys[i]), i => $"c.t{i}"))]);

    /// <summary>The given row as it stands on the node, as <see cref="RowAsJson"/>.</summary>
    public string RowOfKey() => $"SELECT ({RowAsJson("t.")})::text FROM {_shape.OnlyName} t WHERE {Given("t.", 1)}";

    /// <summary>The given row as it was received, as <see cref="RowAsJson"/>.</summary>
    public string ReceivedRow(string rows, int first) => $"SELECT ({RowAsJson("s.")})::text FROM {rows} s WHERE s.\"bucardo$present\" AND {Given("s.", first)}";

    /// <summary>The row as a JSON object of texts, in the order of the columns; of one that is too large, only that there was one.</summary>
    public string RowAsJson(string prefix)
    {
        var values = $"ARRAY[{string.Join(", ", _layout.Columns.Select(c => Travelling(c, prefix + Quote.Identifier(c)) + "::text"))}]";
        return $"CASE WHEN (SELECT sum(octet_length(v)) FROM unnest({values}) AS v) > {Number(ConflictRecorder.LargestRow)} THEN '{{}}'::json "
            + $"ELSE json_object(ARRAY[{string.Join(", ", _layout.Columns.Select(Quote.Literal))}], {values}) END";
    }

    (string, string)[] OfConflicts(int first, int sync, string strategy) =>
    [
        ("sync", Number(sync)), ("relation", Number(Table.Id)), ("schema", Quote.Literal(Table.Schema)), ("name", Quote.Literal(Table.Name)), ("strategy", Quote.Literal(strategy)),
        ("conflicts", $"${first}::text[], ${first + 1}::integer[], ${first + 2}::text[], ${first + 3}::timestamptz[]"),
        ("arrays", string.Join(", ", _keys.Select((_, i) => $"${first + 4 + i}::text[]"))), ("texts", string.Join(", ", _keys.Select((_, i) => $"t{i}"))),
        ("values", string.Join(", ", _keys.Select((k, i) => Column(k).FromText($"t{i}")))),
        ("old", RowAsJson("t.")), ("table", _shape.OnlyName),
    ];
}
