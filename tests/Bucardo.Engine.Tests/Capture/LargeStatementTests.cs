using Bucardo.Engine.Capture;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Capture;

/// <summary>Of a statement that changes more than a hundred rows, the keys of those beyond are recorded many to a row: none is missing, and all that is made of changes is made of these, too.</summary>
public sealed class LargeStatementTests
{
    const string Plain = "CREATE TABLE plain (id int PRIMARY KEY, v text)";
    const string Bulk = "SELECT count(*) FROM bucardo_node.bulk_1";

    static async Task<Nodes> StartAsync(string roles = "ss", string schema = Plain, string table = "plain(id)") =>
        await Nodes.CreateAsync(roles, schema, [table]);

    [Theory]
    [InlineData("INSERT INTO plain SELECT i, 'new' FROM generate_series(10001, 10000 + {0}) i", "SELECT generate_series(10001, 10000 + {0})")]
    [InlineData("UPDATE plain SET v = 'changed' WHERE id <= {0}", "SELECT generate_series(1, {0})")]
    [InlineData("UPDATE plain SET id = id + 10000 WHERE id <= {0}", "SELECT generate_series(1, {0}) UNION SELECT generate_series(10001, 10000 + {0})")]
    [InlineData("UPDATE plain SET id = id + CASE WHEN id % 7 = 0 THEN 10000 ELSE 0 END WHERE id <= {0}", "SELECT i FROM generate_series(1, {0}) i UNION SELECT i + 10000 FROM generate_series(1, {0}) i WHERE i % 7 = 0")]
    [InlineData("DELETE FROM plain WHERE id <= {0}", "SELECT generate_series(1, {0})")]
    [InlineData("INSERT INTO plain SELECT i, 'again' FROM generate_series(1, {0}) i ON CONFLICT (id) DO UPDATE SET v = 'again'", "SELECT generate_series(1, {0})")]
    public async Task Every_key_is_recorded(string statement, string keys)
    {
        await using var nodes = await StartAsync();
        await nodes.ExecuteAsync(0, "ALTER TABLE plain DISABLE TRIGGER bucardo_capture_insert; INSERT INTO plain SELECT i, 'old' FROM generate_series(1, 5000) i; ALTER TABLE plain ENABLE TRIGGER bucardo_capture_insert");
        foreach (var (rows, block) in from block in new[] { 250_000, 300 } from rows in new[] { 1, 99, 100, 101, 200, 201, 399, 400, 401, 1100, 1300, 1301, 3777 } select (rows, block))
        {
            if (rows == 1) await nodes.EnsureAsync(0, new CaptureOptions { BlockRows = block });
            string Of(string sql) => string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, rows);
            var connection = await nodes[0].OpenAsync();
            await using var disposing = connection;
            await using var command = new Npgsql.NpgsqlCommand($"""
                BEGIN;
                {Of(statement)};
                SELECT (SELECT count(*) FROM bucardo_node.bulk_1) > 0,
                       ARRAY(SELECT k1 FROM bucardo_node.changes_1 EXCEPT ({Of(keys)}) LIMIT 5),
                       ARRAY(({Of(keys)}) EXCEPT SELECT k1 FROM bucardo_node.changes_1 LIMIT 5);
                ROLLBACK
                """, connection);
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            Assert.Equal((rows > 100, "", ""), (reader.GetBoolean(0), string.Join(' ', reader.GetFieldValue<int[]>(1)), string.Join(' ', reader.GetFieldValue<int[]>(2))));
        }
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task It_arrives_and_the_change_that_came_last_is_what_a_row_is(string roles)
    {
        await using var nodes = await StartAsync(roles);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 3000) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET v = 'small' WHERE id = 2000; BEGIN; UPDATE plain SET v = v || ', large'; UPDATE plain SET v = v || ', small again' WHERE id IN (5, 2500); UPDATE plain SET v = v || ', large again' WHERE id > 1500; COMMIT; DELETE FROM plain WHERE id = 2999");
        await nodes.SettleAsync();
        var rows = await nodes.AssertEqualAsync("plain");
        Assert.Equal(2999, rows.Count);
        foreach (var row in new[] { "(5,\"first, large, small again\")", "(2000,\"small, large, large again\")", "(2500,\"first, large, small again, large again\")" }) Assert.Contains(row, rows);
        await nodes.ExecuteAsync(0, "DELETE FROM plain");
        await nodes.SettleAsync();
        Assert.Empty(await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task A_row_that_two_of_them_changed_is_one_conflict()
    {
        await using var nodes = await StartAsync("sst");
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 3000) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET v = 'one' WHERE id <= 2000");
        await nodes.ExecuteAsync(1, "UPDATE plain SET v = 'two' WHERE id > 1000");
        Assert.Equal(1000, (await nodes.SettleAsync()).Conflicts);
        var rows = await nodes.AssertEqualAsync("plain");
        Assert.Equal((1000, 2000), (rows.Count(r => r.EndsWith(",one)", StringComparison.Ordinal)), rows.Count(r => r.EndsWith(",two)", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("st")]
    [InlineData("sst")]
    public async Task One_that_is_larger_than_a_step_travels_in_steps(string roles)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"], options: new SyncSessionOptions { Faults = faults }, maximumChanges: 400);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 2950) i");
        Assert.All(await nodes.PendingAsync(), d => Assert.Equal((1000, true), (d.Rows, d.IsAtLeast)));
        await nodes.RoundAsync();
        Assert.InRange(faults.Reached.Count(r => r == ("before-snapshot", "n1")), 6, 9);
        await nodes.SettleAsync();
        Assert.Equal(2950, (await nodes.AssertEqualAsync("plain")).Count);
    }

    [Fact]
    public async Task Whatever_counts_as_large_a_TRUNCATE_is_none()
    {
        await using var nodes = await StartAsync();
        await nodes.EnsureAsync(0, new CaptureOptions { FirstRows = 1 });
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'gone' FROM generate_series(1, 5) i; TRUNCATE plain; INSERT INTO plain SELECT i, 'new' FROM generate_series(1, 3) i");
        Assert.Equal(2, await nodes[0].ScalarAsync<long>(Bulk));
        await nodes.SettleAsync();
        Assert.Equal(["(1,new)", "(2,new)", "(3,new)"], await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task It_is_purged_with_the_rest()
    {
        await using var nodes = await StartAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 3000) i");
        Assert.True(await nodes[0].ScalarAsync<long>(Bulk) > 0);
        for (var i = 0; i < 200 && await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.changes_1") > 0; i++)
        {
            await nodes.SettleAsync();
            await nodes.MaintainAsync();
        }
        Assert.Equal(0, await nodes[0].ScalarAsync<long>("SELECT pg_relation_size('bucardo_node.change_1') + pg_relation_size('bucardo_node.bulk_1')"));
    }

    [Fact]
    public async Task Keys_of_several_columns_of_composite_and_of_domain_types()
    {
        const string schema = """
            CREATE TYPE pair AS (a int, b text);
            CREATE DOMAIN code AS varchar(20) CHECK (value <> '');
            CREATE TABLE odd (p pair, c code, n numeric(8, 2), u uuid, v int, PRIMARY KEY (p, c, n, u));
            """;
        await using var nodes = await StartAsync("ss", schema, "odd(p, c, n, u)");
        await nodes.ExecuteAsync(0, "INSERT INTO odd SELECT ROW(i, 'x, ' || i)::pair, 'code ' || i, i / 4.0, md5(i::text)::uuid, i FROM generate_series(1, 2500) i");
        Assert.Equal(24, await nodes[0].ScalarAsync<long>(Bulk));
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(1, "UPDATE odd SET v = v + 1, c = c || ' new' WHERE v % 2 = 0; DELETE FROM odd WHERE v % 3 = 0");
        await nodes.SettleAsync();
        Assert.True((await nodes.AssertEqualAsync("odd")).Count > 1500);
    }

    [Theory]
    [InlineData(150)]
    [InlineData(250_000)]
    public async Task Keys_of_several_columns_of_fixed_length(int block)
    {
        await using var nodes = await StartAsync("ss", "CREATE DOMAIN number AS int; CREATE TABLE two (\"done\" bigint, i uuid, n number, v int, PRIMARY KEY (i, \"done\", n))", "two(i, done, n)");
        await nodes.EnsureAsync(0, new CaptureOptions { BlockRows = block });
        await nodes.ExecuteAsync(0, "INSERT INTO two SELECT i, md5(i::text)::uuid, i % 10, i FROM generate_series(1, 2500) i");
        Assert.Equal(block == 150 ? 26 : 24, await nodes[0].ScalarAsync<long>(Bulk));
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE two SET v = -v, \"done\" = CASE WHEN v IN (1, 1500, 2500) THEN -v ELSE v END");
        Assert.Equal(2503, await nodes[0].ScalarAsync<long>("SELECT count(DISTINCT (k1, k2, k3)) FROM bucardo_node.changes_1 WHERE xid = (SELECT max(xid::text::bigint)::text::xid8 FROM bucardo_node.changes_1)"));
        await nodes.SettleAsync();
        Assert.Equal(2500, (await nodes.AssertEqualAsync("two")).Count);
        await nodes.ExecuteAsync(0, "DELETE FROM two");
        await nodes.SettleAsync();
        Assert.Empty(await nodes.AssertEqualAsync("two"));
    }

    [Theory]
    [InlineData("CREATE TABLE plain (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text)", 0L)]
    [InlineData("CREATE TABLE plain (id int[] PRIMARY KEY, v text)", null)]
    public async Task Where_the_key_does_not_allow_it_each_row_is_recorded(string schema, long? inBulk)
    {
        await using var nodes = await StartAsync("ss", schema);
        await nodes.ExecuteAsync(0, $"INSERT INTO plain SELECT {(inBulk is null ? "ARRAY[i, i]" : "i")}, 'first' FROM generate_series(1, 2500) i");
        Assert.Equal(2500, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1"));
        if (inBulk is not null) Assert.Equal(inBulk, await nodes[0].ScalarAsync<long>(Bulk));
        await nodes.SettleAsync();
        Assert.Equal(2500, (await nodes.AssertEqualAsync("plain")).Count);
    }

    [Fact]
    public async Task What_waits_is_still_there_when_the_type_of_the_key_has_changed()
    {
        await using var nodes = await StartAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 2500) i");
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, "ALTER TABLE plain ALTER id TYPE bigint");
        await nodes.PrepareAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'second' FROM generate_series(5000000001, 5000002500) i");
        await nodes.SettleAsync();
        Assert.Equal(5000, (await nodes.AssertEqualAsync("plain")).Count);
    }
}
