using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Which row wins under which strategy, on all nodes, with a target among them and with rounds that fail half way.</summary>
public sealed class StrategyTests
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text, n numeric); CREATE TABLE u (id int PRIMARY KEY, v text)";

    static Task<Nodes> CreateAsync(string strategy, string roles = "ssst", SyncSessionOptions? options = null) => Nodes.CreateAsync(roles, Schema, ["t(id)", "u(id)"], strategy, options);

    // n1 writes first, n3 last; n2's number is the greatest.
    static async Task ContradictAsync(Nodes nodes)
    {
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'n1', 10)");
        await nodes.ExecuteAsync(1, "INSERT INTO t VALUES (1, 'n2', 300)");
        await nodes.ExecuteAsync(2, "INSERT INTO t VALUES (1, 'n3', 20)");
    }

    [Theory]
    [InlineData("bucardo_latest", "n3")]
    [InlineData("bucardo_earliest", "n1")]
    [InlineData("bucardo_source", "n1")]
    [InlineData("bucardo_target", "n3")]
    [InlineData("n2 n3", "n2")]
    [InlineData("bucardo_latest(n)", "n2")]
    [InlineData("bucardo_latest_all_tables", "n1")]
    public async Task The_strategy_names_the_winner(string strategy, string winner)
    {
        await using var nodes = await CreateAsync(strategy);
        await ContradictAsync(nodes);
        await nodes.ExecuteAsync(0, "INSERT INTO u VALUES (1, 'the latest change of all')");
        var result = await nodes.SettleAsync();
        Assert.Equal(1, result.Conflicts);
        Assert.StartsWith($"(1,{winner},", Assert.Single(await nodes.AssertEqualAsync("t")));
        Assert.True((await nodes.RoundAsync()).IsEmpty);
    }

    [Fact]
    public async Task Chance_prefers_nobody()
    {
        await using var nodes = await CreateAsync("bucardo_random(7)", "ss");
        for (var node = 0; node < 2; node++)
            await nodes.ExecuteAsync(node, $"DO $$ BEGIN FOR i IN 1..40 LOOP INSERT INTO t VALUES (i, 'n{node + 1}', 0); COMMIT; END LOOP; END $$");
        await nodes.SettleAsync();
        Assert.InRange((await nodes.AssertEqualAsync("t")).Count(r => r.Contains("n1")), 5, 35);
    }

    [Fact]
    public async Task A_table_may_have_a_strategy_of_its_own()
    {
        await using var nodes = await CreateAsync("bucardo_source", "ss");
        await nodes.UseTableStrategyAsync("u", "bucardo_target");
        for (var node = 0; node < 2; node++) await nodes.ExecuteAsync(node, $"INSERT INTO t VALUES (1, 'n{node + 1}', 0); INSERT INTO u VALUES (1, 'n{node + 1}')");
        await nodes.SettleAsync();
        Assert.Equal("(1,n1,0)", Assert.Single(await nodes.AssertEqualAsync("t")));
        Assert.Equal("(1,n2)", Assert.Single(await nodes.AssertEqualAsync("u")));
    }

    [Theory]
    [InlineData("before-settle", 0)]
    [InlineData("after-settle", 0)]
    [InlineData("before-commit", 0)]
    [InlineData("before-commit", 1)]
    [InlineData("before-record", 2)]
    [InlineData("before-commit", 3)]
    public async Task What_is_settled_stays_so_whoever_fails(string point, int node)
    {
        var faults = new Faults();
        await using var nodes = await CreateAsync("bucardo_source", options: new SyncSessionOptions { Faults = faults });
        await ContradictAsync(nodes);
        faults.Once(point, $"n{node + 1}", () => throw new IOException("lost"));
        await nodes.RoundAsync();
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal("(1,n1,10)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }

    [Fact]
    public async Task An_update_and_a_deletion_are_a_conflict_like_any_other()
    {
        await using var nodes = await CreateAsync("bucardo_source");
        await nodes.ExecuteAsync(0, "INSERT INTO t SELECT i, 'old', 0 FROM generate_series(1, 3) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "DELETE FROM t WHERE id = 1; UPDATE t SET v = 'n1' WHERE id = 2; UPDATE t SET id = 13 WHERE id = 3");
        await nodes.ExecuteAsync(1, "UPDATE t SET v = 'n2' WHERE id IN (1, 3); DELETE FROM t WHERE id = 2");
        await nodes.SettleAsync();
        Assert.Equal(["(13,old,0)", "(2,n1,0)"], await nodes.AssertEqualAsync("t"));
    }

    [Fact]
    public async Task A_clock_that_is_behind_does_not_make_a_change_older_than_what_it_was_made_on()
    {
        await using var nodes = await CreateAsync("bucardo_latest", "sss");
        // As if n1's clock were an hour ahead.
        await nodes.ExecuteAsync(0, "UPDATE bucardo_node.node SET ahead = '1 hour', ahead_set = clock_timestamp()");
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'n1', 0)");
        await nodes.OnlineAsync(0, 1);
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(1, "UPDATE t SET v = 'n2 over n1' WHERE id = 1");
        await nodes.OnlineAsync(0, 2);
        await nodes.RoundAsync();
        await nodes.OnlineAsync(1, 2);
        await nodes.RoundAsync();
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal("(1,\"n2 over n1\",0)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }
}
