using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Replication;

// What another sync has brought to one of the databases.
public sealed partial class TableSql
{
    /// <summary>Rows of origins other than those given that the node holds as that version, in the form of <see cref="Moved"/>.</summary>
    public string Echoes(string rows, IEnumerable<int> told) => SqlText.Load("Replication/Sql/echoes.sql",
        ("canonical", CanonicalRowKeys("s.")), ("rows", rows), ("row", RowNumber(rows)), ("node", Number(_node)), ("changes", Changes), ("id", Number(CapturedId)),
        ("told", IntegerArray(told)), ("change_match", Match(i => "c." + CaptureSql.ChangeKey(i), i => "s." + Quote.Identifier(_keys[i]))));

    /// <summary>Whether rows of other origins than those given are staged.</summary>
    public string HasForeign(IEnumerable<int> told) => $"SELECT EXISTS (SELECT FROM {Stage} WHERE \"bucardo$origin\" <> ALL ({IntegerArray(told)}))";

    static string IntegerArray(IEnumerable<int> numbers) => $"'{{{string.Join(',', numbers)}}}'::integer[]";
}
