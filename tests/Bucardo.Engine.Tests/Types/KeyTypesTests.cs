using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Types;

/// <summary>Keys of every kind, in conflicts: what decides is whether two nodes see the same key.</summary>
public sealed class KeyTypesTests
{
    // Table, columns of its key, and two ways to write the same key.
    static readonly (string Table, string Key, string First, string Second)[] s_keys =
    [
        ("k_int", "k int", "-1", "-1"),
        ("k_text", "k text", "E'\\t\\\\ \\'\"{keys}$1,\\n\\\\N'", "E'\\t\\\\ \\'\"{keys}$1,\\n\\\\N'"),
        ("k_empty", "k text", "''", "''"),
        ("k_uuid", "k uuid", "'ffffffff-0000-0000-0000-000000000000'", "'FFFFFFFF000000000000000000000000'"),
        ("k_timestamptz", "k timestamptz", "'2000-01-01 12:00:00.000001+02'", "'2000-01-01 10:00:00.000001+00'"),
        ("k_infinity", "k timestamp", "'infinity'", "'infinity'"),
        ("k_bytea", "k bytea", "'\\x00ff5c'", "'\\x00FF5C'"),
        ("k_no_bytes", "k bytea", "''", "''"),
        ("k_numeric", "k numeric", "1.0", "1.00"),
        ("k_scaled", "k numeric(20,5)", "10", "10.0"),
        ("k_nan", "k numeric", "'NaN'", "'nan'"),
        ("k_char", "k char(5)", "'ab'", "'ab   '"),
        ("k_enum", "k mood", "'so so'", "'so so'"),
        ("k_date", "k date", "'0044-03-15 BC'", "'0044-03-15 BC'"),
        ("k_bool", "k bool", "false", "'f'"),
        ("k_float", "k float8", "'-0'", "0"),
        ("k_real", "k real", "0.1", "0.1"),
        ("k_float_nan", "k float8", "'NaN'", "'NaN'"),
        ("k_citext", "k citext", "'Key'", "'kEY'"),
        ("k_interval", "k interval", "'1 day'", "'24:00'"),
        ("k_inet", "k inet", "'10.0.0.1/32'", "'10.0.0.1'"),
        ("k_quoted_char", "k \"char\"", "'\\'", "'\\'"),
        ("k_name", "k name", "'N'", "'N'"),
        ("k_array", "k numeric(5,2)[]", "'{1.5,2}'", "'{1.50,2.00}'"),
        ("k_range", "k int4range", "'[1,5]'", "'[1,6)'"),
        ("k_pair", "k pair", "ROW(1, NULL)", "ROW(1, NULL)"),
        ("k_domain", "k code", "'x'", "'x'"),
        ("k_four", "a int, \"B b\" text, c timestamptz, d numeric", "1, 'x', '2000-01-01', 2.0", "1, 'x', '2000-01-01', 2"),
    ];

    const string Types = "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'so so'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN code AS varchar(5) NOT NULL;";

    static string Columns(string key) => key.StartsWith("a ", StringComparison.Ordinal) ? "a, \"B b\", c, d" : "k";

    static string Schema(int node) => (node == 0 ? "" : "CREATE TYPE dummy AS ENUM ('x');") + Types
        + string.Join(";", s_keys.Select(k => $"CREATE TABLE {k.Table} ({k.Key}, note text, PRIMARY KEY ({Columns(k.Key)}))"));

    [Theory]
    [InlineData("ss", 0)]
    [InlineData("sss", 500)]
    public async Task A_key_of_any_type_is_the_same_key_on_both_sides_of_a_conflict(string roles, int smallRows)
    {
        string[] tables = [.. s_keys.Select(k => $"{k.Table}({Columns(k.Key).Replace("\"", "")})")];
        await using var nodes = await Nodes.CreateAsync(roles, "", tables, schemaOf: Schema, options: new SyncSessionOptions { SmallRows = smallRows });
        await InsertAsync(0, k => k.First, "first");
        await InsertAsync(1, k => k.Second, "second");
        var result = await nodes.SettleAsync();
        await AssertRowsAsync("second");
        Assert.Equal(s_keys.Length, result.Conflicts);

        await UpdateAsync(1, "older");
        await UpdateAsync(0, "newer");
        Assert.Equal(s_keys.Length, (await nodes.SettleAsync()).Conflicts);
        await AssertRowsAsync("newer");

        // A row that goes on one node and comes again on another, under the other spelling.
        await nodes.ExecuteAsync(0, string.Join(";", s_keys.Select(k => $"DELETE FROM {k.Table}")));
        await nodes.SettleAsync();
        await InsertAsync(roles.Length - 1, k => k.First, "again");
        await nodes.SettleAsync();
        await AssertRowsAsync("again");

        Task InsertAsync(int node, Func<(string Table, string Key, string First, string Second), string> value, string note) =>
            nodes.ExecuteAsync(node, string.Join(";", s_keys.Select(k => $"INSERT INTO {k.Table} VALUES ({value(k)}, '{note}')")));

        Task UpdateAsync(int node, string note) => nodes.ExecuteAsync(node, string.Join(";", s_keys.Select(k => $"UPDATE {k.Table} SET note = '{note}'")));

        async Task AssertRowsAsync(string note)
        {
            var wrong = new List<string>();
            foreach (var (table, _, _, _) in s_keys)
            {
                var first = await nodes.RowsAsync(0, table);
                for (var i = 0; i < nodes.Count; i++)
                {
                    var rows = await nodes.RowsAsync(i, table);
                    if (rows.Count != 1 || !rows[0].EndsWith("," + note + ")", StringComparison.Ordinal) || rows[0] != first[0]) wrong.Add($"{table} on node {i + 1}: {string.Join(" ", rows)}");
                }
            }
            Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        }
    }

    [Theory]
    [InlineData("st", 500)]
    [InlineData("st", 0)]
    [InlineData("sss", 500)]
    public async Task A_key_that_is_written_in_another_way_arrives_as_written(string roles, int smallRows)
    {
        const string schema = "CREATE EXTENSION citext; CREATE TABLE n (k numeric PRIMARY KEY, v int); CREATE TABLE c (k citext PRIMARY KEY); CREATE TABLE f (k float8 PRIMARY KEY)";
        await using var nodes = await Nodes.CreateAsync(roles, schema, ["n(k)", "c(k)", "f(k)"], options: new SyncSessionOptions { SmallRows = smallRows });
        await nodes.ExecuteAsync(0, "INSERT INTO n VALUES (1.0, 1); INSERT INTO c VALUES ('abc'); INSERT INTO f VALUES ('-0')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE n SET k = 1.000; UPDATE c SET k = 'ABC'; UPDATE f SET k = 0");
        await nodes.SettleAsync();
        Assert.Equal(["(1.000,1)"], await nodes.AssertEqualAsync("n"));
        Assert.Equal(["(ABC)"], await nodes.AssertEqualAsync("c"));
        Assert.Equal(["(0)"], await nodes.AssertEqualAsync("f"));
    }
}
