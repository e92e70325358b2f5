using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>A table that differs between the nodes is paused alone, says why, and carries on when the nodes agree again.</summary>
public sealed class DriftTests
{
    const string Schema = "CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE more (id int PRIMARY KEY, name text); CREATE TABLE other (id int PRIMARY KEY, name text)";

    static async Task<Nodes> StartAsync(string roles, long maximumChanges = 500_000)
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, ["plain(id)", "more(id)", "other(id)"], maximumChanges: maximumChanges);
        foreach (var table in new[] { "plain", "more", "other" }) await nodes.ExecuteAsync(0, $"INSERT INTO {table} SELECT i, 'first' FROM generate_series(1, 10) i");
        await nodes.SettleAsync();
        return nodes;
    }

    static async Task WriteAsync(Nodes nodes, int turn, params int[] writers)
    {
        foreach (var node in writers)
        {
            foreach (var table in new[] { "plain", "more", "other" })
            {
                // One row of its own, one that all of them change, one that it takes away.
                await nodes.ExecuteAsync(node, $"INSERT INTO {table} VALUES ({(turn * 100) + node + 20}, 'turn {turn}'); UPDATE {table} SET name = 'turn {turn} on {node}' WHERE id IN (1, {node + 2}); "
                    + $"DELETE FROM {table} WHERE id = {((turn - 1) * 100) + node + 20}");
            }
        }
    }

    static async Task<RoundResult> SettleAsync(Nodes nodes, params string[] paused)
    {
        for (var i = 0; i < 20; i++)
        {
            var result = await nodes.RoundAsync();
            Assert.Empty(result.Problems);
            Assert.Equal(paused, result.Paused.Select(p => p.Table));
            if (result.IsEmpty && result.Deferred == 0) return result;
        }
        throw new InvalidOperationException("The nodes do not come to rest.");
    }

    static async Task AssertNoLanesAsync(Nodes nodes)
    {
        for (var i = 0; i < nodes.Count; i++) Assert.Equal(0, await nodes[i].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.held"));
    }

    static async Task AssertAllEqualAsync(Nodes nodes, int rows)
    {
        Assert.Equal(rows, (await nodes.AssertEqualAsync("plain")).Count);
        Assert.Equal(rows, (await nodes.AssertEqualAsync("more", "t.id, t.name")).Count);
        Assert.Equal(rows, (await nodes.AssertEqualAsync("other")).Count);
    }

    [Theory]
    [InlineData("sss", "ALTER TABLE more ADD COLUMN extra int", "ALTER TABLE more ADD COLUMN extra int", 500_000)]
    [InlineData("sst", "ALTER TABLE more ADD COLUMN extra int", "ALTER TABLE more ADD COLUMN extra int", 7)]
    [InlineData("ss", "ALTER TABLE more ALTER COLUMN name TYPE varchar(20); ALTER TABLE more ADD COLUMN extra int", "ALTER TABLE more ADD COLUMN extra int", 5)]
    public async Task A_column_added_on_one_node_pauses_that_table_only(string roles, string drift, string repair, int step)
    {
        await using var nodes = await StartAsync(roles, step);
        await WriteAsync(nodes, 1, 0, 1);
        await nodes.ExecuteAsync(0, drift);
        var sources = Enumerable.Range(0, roles.Count(r => r == 's')).ToArray();
        for (var turn = 2; turn < 5; turn++)
        {
            await WriteAsync(nodes, turn, sources);
            await SettleAsync(nodes, "public.more");
            await nodes.MaintainAsync();
            await nodes.AssertEqualAsync("plain");
            await nodes.AssertEqualAsync("other");
        }
        var paused = Assert.Single((await nodes.RoundAsync()).Paused);
        Assert.Contains("Column extra of table public.more is missing on database n2: add it there", paused.Reason);
        Assert.NotEqual(await nodes.RowsAsync(0, "more", "t.id, t.name"), await nodes.RowsAsync(1, "more", "t.id, t.name"));

        for (var i = 1; i < nodes.Count; i++) await nodes.ExecuteAsync(i, repair);
        await nodes.ExecuteAsync(1, "UPDATE more SET extra = 42 WHERE id = 7");
        await SettleAsync(nodes);
        await AssertAllEqualAsync(nodes, 10 + sources.Length);
        Assert.Contains("(7,first,42)", await nodes.AssertEqualAsync("more", "t.id, t.name, t.extra"));
        await WriteAsync(nodes, 5, sources);
        await SettleAsync(nodes);
        await AssertAllEqualAsync(nodes, 10 + sources.Length);
        await AssertNoLanesAsync(nodes);
    }

    [Fact]
    public async Task A_column_dropped_and_a_table_truncated_meanwhile_end_equal()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(2, "ALTER TABLE more DROP COLUMN name");
        await WriteOthersAsync(nodes);
        await nodes.ExecuteAsync(0, "TRUNCATE more; INSERT INTO more VALUES (1000, 'after the truncation')");
        await SettleAsync(nodes, "public.more");
        await nodes.ExecuteAsync(1, "INSERT INTO more VALUES (1001, 'elsewhere')");
        await nodes.ExecuteAsync(2, "DELETE FROM more WHERE id = 4; INSERT INTO more VALUES (1002)");
        await SettleAsync(nodes, "public.more");
        await nodes.ExecuteAsync(2, "ALTER TABLE more ADD COLUMN name text");
        await SettleAsync(nodes);
        Assert.Equal(["(1000,\"after the truncation\")", "(1001,elsewhere)", "(1002,)"], await nodes.AssertEqualAsync("more"));
        await nodes.AssertEqualAsync("plain");
    }

    static async Task WriteOthersAsync(Nodes nodes)
    {
        for (var i = 0; i < nodes.Count; i++) await nodes.ExecuteAsync(i, $"INSERT INTO plain VALUES ({500 + i}, 'other'); UPDATE other SET name = 'by {i}' WHERE id = 3");
    }

    [Fact]
    public async Task A_node_that_was_away_during_the_pause_gets_all_of_it()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.OnlineAsync(0, 1);
        await nodes.ExecuteAsync(0, "ALTER TABLE more ADD COLUMN extra int");
        await WriteAsync(nodes, 1, 0, 1, 2);
        await SettleAsync(nodes, "public.more");
        // It comes while the table is paused, and goes before it is mended.
        await nodes.AllOnlineAsync();
        await WriteAsync(nodes, 2, 0, 1, 2);
        await SettleAsync(nodes, "public.more");
        await nodes.OnlineAsync(0, 1);
        await nodes.ExecuteAsync(1, "ALTER TABLE more ADD COLUMN extra int");
        await WriteAsync(nodes, 3, 0, 1, 2);
        await SettleAsync(nodes);
        await nodes.MaintainAsync();
        // The one that was away pauses it again until it is mended there too.
        await nodes.AllOnlineAsync();
        await WriteAsync(nodes, 4, 0, 1, 2);
        await SettleAsync(nodes, "public.more");
        await nodes.ExecuteAsync(2, "ALTER TABLE more ADD COLUMN extra int");
        await SettleAsync(nodes);
        await AssertAllEqualAsync(nodes, 13);
        await WriteAsync(nodes, 5, 0, 1, 2);
        await SettleAsync(nodes);
        await AssertAllEqualAsync(nodes, 13);
        await AssertNoLanesAsync(nodes);
    }

    [Fact]
    public async Task Two_tables_paused_at_different_times_go_on_at_different_times()
    {
        await using var nodes = await StartAsync("sst");
        await nodes.ExecuteAsync(0, "ALTER TABLE more ADD COLUMN extra int");
        await WriteAsync(nodes, 1, 0, 1);
        await SettleAsync(nodes, "public.more");
        await nodes.ExecuteAsync(1, "ALTER TABLE plain ADD COLUMN extra int");
        await WriteAsync(nodes, 2, 0, 1);
        await SettleAsync(nodes, "public.plain", "public.more");
        await nodes.AssertEqualAsync("other");
        foreach (var i in new[] { 1, 2 }) await nodes.ExecuteAsync(i, "ALTER TABLE more ADD COLUMN extra int");
        await WriteAsync(nodes, 3, 0, 1);
        await SettleAsync(nodes, "public.plain");
        await nodes.AssertEqualAsync("more");
        foreach (var i in new[] { 0, 2 }) await nodes.ExecuteAsync(i, "ALTER TABLE plain ADD COLUMN extra int");
        await SettleAsync(nodes);
        await nodes.AssertEqualAsync("plain", "t.id, t.name");
        await AssertAllEqualAsync(nodes, 12);
    }

    [Fact]
    public async Task What_a_step_touches_is_looked_at_on_both_sides()
    {
        await using var nodes = await StartAsync("st");
        await using var session = nodes.AnotherSession();
        await session.RunAsync(tryAll: false, null, default);
        foreach (var node in new[] { 0, 1 }) await nodes.ExecuteAsync(node, "ALTER TABLE more ADD COLUMN extra int");
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (50, 'another table')");
        Assert.Equal(1, (await session.RunAsync(tryAll: false, null, default)).Inserts);

        await nodes.ExecuteAsync(0, "INSERT INTO more VALUES (50, 'new', 7)");
        Assert.Equal(1, (await session.RunAsync(tryAll: false, null, default)).Inserts);
        Assert.Contains("(50,new,7)", await nodes.AssertEqualAsync("more"));

        // The source has not changed, and nothing is read on the target.
        await nodes.ExecuteAsync(1, "DROP TABLE more; CREATE TABLE more (extra int, name text, id int PRIMARY KEY)");
        await nodes.ExecuteAsync(0, "UPDATE more SET extra = 8 WHERE id = 50");
        var result = await session.RunAsync(tryAll: false, null, default);
        Assert.Empty(result.Problems);
        Assert.Equal(["(8,new,50)"], await nodes.RowsAsync(1, "more"));
    }

    [Fact]
    public async Task Counters_add_up_and_conflicts_are_kept_while_a_table_catches_up_by_itself()
    {
        await using var nodes = await Nodes.CreateAsync("sss", "CREATE TABLE stock (id int PRIMARY KEY, n int NOT NULL); CREATE TABLE plain (id int PRIMARY KEY, name text)", ["stock(id) counters n", "plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO stock VALUES (1, 100); INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(2, "ALTER TABLE stock ADD COLUMN extra int; ALTER TABLE plain ADD COLUMN extra int");
        await Assert.ThrowsAsync<BucardoException>(() => nodes.RoundAsync());
        await nodes.ExecuteAsync(2, "ALTER TABLE stock DROP COLUMN extra");
        await nodes.ExecuteAsync(0, "INSERT INTO stock VALUES (2, 0)");
        await nodes.RoundAsync();
        for (var i = 0; i < 3; i++) await nodes.ExecuteAsync(i, $"UPDATE stock SET n = n + {(int)Math.Pow(10, i)} WHERE id = 1; UPDATE plain SET name = 'of {i}'");
        await nodes.ExecuteAsync(2, "ALTER TABLE plain DROP COLUMN extra; ALTER TABLE stock ADD COLUMN extra int");
        await nodes.RoundAsync();
        await nodes.ExecuteAsync(2, "ALTER TABLE stock DROP COLUMN extra");
        Assert.NotEqual(0, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.held"));
        await SettleAsync(nodes);
        Assert.Equal(["(1,211)", "(2,0)"], await nodes.AssertEqualAsync("stock"));
        await nodes.AssertEqualAsync("plain");
        Assert.Equal(2, (await Task.WhenAll(Enumerable.Range(0, 3).Select(i => nodes[i].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict WHERE tablename = 'plain'")))).Sum());
    }

    [Fact]
    public async Task A_table_that_cannot_be_captured_or_is_missing_pauses_alone()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(1, "ALTER TABLE more DROP CONSTRAINT more_pkey");
        await WriteOthersAsync(nodes);
        await nodes.ExecuteAsync(0, "UPDATE more SET name = 'meanwhile' WHERE id = 5");
        await nodes.ExecuteAsync(1, "UPDATE more SET name = 'there' WHERE id = 6");
        await nodes.AllOnlineAsync();
        await SettleAsync(nodes, "public.more");
        await nodes.AssertEqualAsync("plain");
        await nodes.ExecuteAsync(2, "ALTER TABLE other RENAME TO hidden");
        await SettleAsync(nodes, "public.more", "public.other");
        await nodes.ExecuteAsync(0, "UPDATE other SET name = 'hidden elsewhere' WHERE id = 8");
        await SettleAsync(nodes, "public.more", "public.other");
        await nodes.ExecuteAsync(1, "ALTER TABLE more ADD PRIMARY KEY (id)");
        await nodes.ExecuteAsync(2, "ALTER TABLE hidden RENAME TO other");
        await SettleAsync(nodes);
        Assert.Contains("(5,meanwhile)", await nodes.AssertEqualAsync("more"));
        Assert.Contains("(6,there)", await nodes.AssertEqualAsync("more"));
        Assert.Contains("(8,\"hidden elsewhere\")", await nodes.AssertEqualAsync("other"));
    }
}
