using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Security;

/// <summary>Values that mean something to COPY, to arrays or to SQL, as keys and as data, by both ways in which rows travel.</summary>
public sealed class HostileValuesTests
{
    static readonly string[] s_values =
    [
        "", " ", "\\", "\\.", "\\N", "\\n", "\\.\nsecond", "\n\\.\n", "a\tb", "line\r\nline", "\r", "NULL", "null", "{}", "{NULL}", "{\"a\",\\}", "\"", "\"\"", ",", "(,)", "'; DROP TABLE t; --", "$1", "$$", "%s", "\\x00", "\\000", "\u0001\u0008\u001f\u007f",
        "\ufeffbom", "\u2028", "\U0001F600", "e\u0301", "é", new string('x', 5000), "{keys}", "bucardo$present", "PGCOPY\n\u00ff\r\n",
    ];

    // The xml column makes rows travel as text: it has no binary form that holds on all nodes.
    [Theory]
    [InlineData("st", 500, "")]
    [InlineData("st", 0, "")]
    [InlineData("st", 0, ", x xml")]
    [InlineData("sst", 500, "")]
    [InlineData("sst", 0, ", x xml")]
    public async Task They_arrive_as_they_are(string roles, int smallRows, string more)
    {
        await using var nodes = await Nodes.CreateAsync(roles, $"CREATE TABLE t (k text, n int, v text, list text[]{more}, PRIMARY KEY (k, n))", ["t(k, n)"], options: new SyncSessionOptions { SmallRows = smallRows });
        await using (var connection = await nodes[0].OpenAsync())
        await using (var insert = new Npgsql.NpgsqlCommand("INSERT INTO t (k, n, v, list) SELECT a, i, a, ARRAY[a, NULL, a] FROM unnest($1::text[]) WITH ORDINALITY AS x(a, i)", connection))
        {
            insert.Parameters.Add(new() { Value = s_values });
            await insert.ExecuteNonQueryAsync();
        }
        await nodes.SettleAsync();
        Assert.Equal(s_values.Length, (await nodes.AssertEqualAsync("t", "t.k, t.n, t.v, t.list")).Count);
        await nodes.ExecuteAsync(0, "UPDATE t SET k = v || k, v = k || E'\\\\.' || v WHERE n % 3 = 0; DELETE FROM t WHERE n % 3 = 1");
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("t", "t.k, t.n, t.v, t.list");
        if (roles.Count(r => r == 's') < 2) return;
        // In a conflict, keys travel as texts of their own.
        await nodes.ExecuteAsync(0, "UPDATE t SET v = 'from 1' || k");
        await nodes.ExecuteAsync(1, "UPDATE t SET v = 'from 2' || k WHERE n % 2 = 0; DELETE FROM t WHERE n % 5 = 0");
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("t", "t.k, t.n, t.v, t.list");
    }
}
