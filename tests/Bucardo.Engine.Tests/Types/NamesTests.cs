using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Types;

/// <summary>Names that break what is pasted together carelessly.</summary>
public sealed class NamesTests
{
    static readonly string[] s_names =
    [
        "MixedCase", "select", "with space", "quo\"te", "apos'trophe", "{keys}", "{change}", "$1", "100%s", "back\\slash", "semi;--", "dollar$bucardo$", "bucardo_new", "t", "s", "row",
        new string('x', 63), new string('ä', 31), "\"; DROP TABLE victim; --", "'); DROP TABLE victim; --", "/*", "tab\tline\nend",
    ];

    static string Leaf(string name) => "!" + name[1..];

    static string Schema()
    {
        var sql = "CREATE TABLE victim (id int PRIMARY KEY);";
        foreach (var name in s_names)
        {
            var (quoted, column) = (Quote.Identifier(name), Quote.Identifier(name == "t" ? "u" : name));
            sql += $"CREATE SCHEMA {quoted}; CREATE TABLE {quoted}.{quoted} ({column} int, k2 text, v text, PRIMARY KEY ({column}, k2));"
                + $"CREATE TABLE {quoted}.part (k int, {column} int, v text, PRIMARY KEY (k, {column})) PARTITION BY LIST (k); CREATE TABLE {quoted}.{Quote.Identifier(Leaf(name))} PARTITION OF {quoted}.part DEFAULT;";
        }
        return sql;
    }

    [Theory]
    [InlineData("sst", 500)]
    [InlineData("sst", 0)]
    public async Task Tables_columns_and_schemas_may_have_any_name(string roles, int smallRows)
    {
        string[] tables = [.. s_names.SelectMany(n => new[] { $"{n}::{n}({(n == "t" ? "u" : n)}, k2)", $"{n}::part(k, {(n == "t" ? "u" : n)})" })];
        await using var nodes = await Nodes.CreateAsync(roles, Schema(), tables, options: new SyncSessionOptions { SmallRows = smallRows });
        await EachAsync(0, (t, p, c) => $"INSERT INTO {t} VALUES (1, 'a', 'x'), (2, 'b', 'x'), (3, 'c', 'x'); INSERT INTO {p} VALUES (1, 1, 'x'), (2, 2, 'x')");
        await nodes.SettleAsync();
        await EachAsync(1, (t, p, c) => $"UPDATE {t} SET v = 'y' WHERE {c} = 1; DELETE FROM {t} WHERE {c} = 2; UPDATE {t} SET {c} = 4 WHERE {c} = 3; UPDATE {p} SET {c} = 3 WHERE {c} = 2");
        await nodes.SettleAsync();
        foreach (var name in s_names)
        {
            Assert.Equal(["(1,a,y)", "(4,c,x)"], await nodes.AssertEqualAsync($"{Quote.Identifier(name)}.{Quote.Identifier(name)}"));
            Assert.Equal(["(1,1,x)", "(2,3,x)"], await nodes.AssertEqualAsync($"{Quote.Identifier(name)}.part"));
        }
        await nodes.ExecuteAsync(0, string.Join(";", s_names.Select(n => $"TRUNCATE {Quote.Identifier(n)}.{Quote.Identifier(Leaf(n))}")));
        await nodes.SettleAsync();
        foreach (var name in s_names) Assert.Empty(await nodes.AssertEqualAsync($"{Quote.Identifier(name)}.part"));
        Assert.Empty(await nodes.AssertEqualAsync("victim"));

        Task EachAsync(int node, Func<string, string, string, string> sql) => nodes.ExecuteAsync(node, string.Join(";", s_names.Select(n =>
            sql($"{Quote.Identifier(n)}.{Quote.Identifier(n)}", $"{Quote.Identifier(n)}.part", Quote.Identifier(n == "t" ? "u" : n)))));
    }
}
