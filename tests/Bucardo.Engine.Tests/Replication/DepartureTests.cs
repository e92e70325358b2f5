using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>What a database had brought before it left the sync, and others had to leave out at the time because an application held the row.</summary>
public sealed class DepartureTests
{
    const string SeenOfSecond = "SELECT count(*) FROM bucardo_node.progress WHERE origin = 2";
    const string Rounds = "SELECT round FROM bucardo_node.sync";
    const string Deferred = "SELECT count(*) FROM bucardo_node.deferred";

    [Fact]
    public async Task Nobody_waits_for_what_has_gone_with_it()
    {
        await using var nodes = await StartAsync();
        await LeaveOutAsync(nodes, [0, 2]);
        await DepartAsync(nodes);
        await nodes.SettleAsync();
        Assert.Equal(["(1,first)"], await nodes.RowsAsync(0, "plain"));
        Assert.Equal(["(1,first)"], await nodes.RowsAsync(2, "plain"));
        await AssertNothingWaitsAsync(nodes);
    }

    [Theory]
    [InlineData(null, "(1,departed)")]
    [InlineData("UPDATE plain SET name = name || ' and later' WHERE id = 1", "(1,\"departed and later\")")]
    [InlineData("DELETE FROM plain WHERE id = 1", null)]
    public async Task Who_has_it_hands_it_on(string? then, string? expected)
    {
        await using var nodes = await StartAsync();
        await LeaveOutAsync(nodes, [0]);
        if (then is not null) await nodes.ExecuteAsync(2, then);
        await DepartAsync(nodes);
        await nodes.SettleAsync();
        Assert.Equal(expected is null ? [] : [expected], await nodes.RowsAsync(0, "plain"));
        Assert.Equal(expected is null ? [] : [expected], await nodes.RowsAsync(2, "plain"));
        await AssertNothingWaitsAsync(nodes);
    }

    [Fact]
    public async Task Who_is_away_may_have_it_and_is_waited_for()
    {
        await using var nodes = await StartAsync("ssss");
        await LeaveOutAsync(nodes, [0, 3]);
        var left = nodes.Definition with { Members = [.. nodes.Definition.Members.Where(m => m.Name != "n2")] };
        await nodes.UseDefinitionAsync(left with { Members = [.. left.Members.Select(m => m.Name == "n3" ? m with { Status = DatabaseStatus.Inactive } : m)] });
        for (var i = 0; i < 2; i++) await nodes.RoundAsync();
        foreach (var i in new[] { 0, 3 }) Assert.Equal(1, await nodes[i].ScalarAsync<long>(Deferred));
        await nodes.UseDefinitionAsync(left);
        await nodes.SettleAsync();
        foreach (var i in new[] { 0, 2, 3 }) Assert.Equal(["(1,departed)"], await nodes.RowsAsync(i, "plain"));
        await AssertNothingWaitsAsync(nodes);
    }

    [Fact]
    public async Task A_table_that_leaves_the_sync_takes_what_was_left_out_of_it_along()
    {
        await using var nodes = await StartAsync();
        await LeaveOutAsync(nodes, [0, 2]);
        await nodes.UseDefinitionAsync(nodes.Definition with { Tables = [.. nodes.Definition.Tables.Where(t => t.Name != "plain")] });
        foreach (var i in new[] { 0, 2 }) Assert.Equal(0, await nodes[i].ScalarAsync<long>(Deferred));
        Assert.Empty(await nodes.PendingAsync());
    }

    [Theory]
    [InlineData("sss", "before-begin")]
    [InlineData("ssss", "before-snapshot")]
    public async Task Who_comes_back_is_not_taken_for_who_it_was_by_a_round_of_those_that_were_left(string roles, string point)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync(roles, faults);
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'departed'");
        await nodes.SettleAsync();
        var all = nodes.Definition;
        await DepartAsync(nodes);
        await nodes.SettleAsync();
        Assert.Equal(1, await nodes[0].ScalarAsync<long>(SeenOfSecond));
        // The first node is prepared for it while the others, not yet prepared, still know what they had seen.
        faults.Once(point, "n1", () => Task.Run(() => nodes.EnsureAsync(0, definition: all)).GetAwaiter().GetResult());
        await nodes.ExecuteAsync(2, "UPDATE plain SET name = 'after'");
        for (var i = 0; i < 3; i++) await nodes.RoundAsync();
        Assert.Equal(["(1,after)"], await nodes.RowsAsync(0, "plain"));
        Assert.Equal(0, await nodes[0].ScalarAsync<long>(SeenOfSecond));
    }

    // Two changes make a step. Of the parent there is a later version, which was to come with the rest.
    [Theory]
    [InlineData("sss", true)]
    [InlineData("ssst", true)]
    [InlineData("sss", false)]
    public async Task What_came_without_its_parent_goes_if_the_rest_of_its_backlog_was_to_bring_that(string roles, bool isTied)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync(roles, faults, maximumChanges: 2, isTied);
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (5, 'first'); INSERT INTO child VALUES (5, 5)");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'later' WHERE id = 5");
        await nodes.OneStepAsync(faults, 0, 1);
        Assert.Equal(["(5,5)"], await nodes.RowsAsync(0, "child"));
        Assert.Equal(["(1,first)"], await nodes.RowsAsync(0, "plain"));
        await DepartAsync(nodes);
        await nodes.SettleAsync();
        foreach (var i in Enumerable.Range(0, roles.Length).Except([1]))
        {
            Assert.Equal(["(1,first)"], await nodes.RowsAsync(i, "plain"));
            Assert.Equal(isTied ? [] : ["(5,5)"], await nodes.RowsAsync(i, "child"));
        }
        await AssertNothingWaitsAsync(nodes);
    }

    static async Task<Nodes> StartAsync(string roles = "sss", Faults? faults = null, long maximumChanges = 500_000, bool isTied = true)
    {
        var schema = $"CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE more (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int {(isTied ? "REFERENCES plain" : "")})";
        var nodes = await Nodes.CreateAsync(roles, schema, ["plain(id)", "more(id)", "child(id)"],
            options: new SyncSessionOptions { Faults = faults ?? new Faults(), LockTimeout = TimeSpan.FromMilliseconds(200) }, maximumChanges: maximumChanges);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        return nodes;
    }

    // The second node changes a row that applications hold on others.
    static async Task LeaveOutAsync(Nodes nodes, int[] held)
    {
        var holders = await Task.WhenAll(held.Select(async i =>
        {
            var connection = await nodes[i].OpenAsync();
            await using var command = new NpgsqlCommand("BEGIN; SELECT FROM plain FOR UPDATE", connection);
            await command.ExecuteNonQueryAsync();
            return connection;
        }));
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'departed' WHERE id = 1");
        Assert.Equal(held.Length, (await nodes.RoundAsync()).Deferred);
        foreach (var holder in holders) await holder.DisposeAsync();
        foreach (var i in held) Assert.Equal(1, await nodes[i].ScalarAsync<long>(Deferred));
    }

    static Task DepartAsync(Nodes nodes) => nodes.UseDefinitionAsync(nodes.Definition with { Members = [.. nodes.Definition.Members.Where(m => m.Name != "n2")] });

    static async Task AssertNothingWaitsAsync(Nodes nodes)
    {
        Assert.Empty(await nodes.PendingAsync());
        foreach (var i in new[] { 0, 2 }) Assert.Equal(0, await nodes[i].ScalarAsync<long>(Deferred));
        var rounds = await nodes[0].ScalarAsync<long>(Rounds);
        await nodes.CalledRoundAsync();
        Assert.Equal(rounds, await nodes[0].ScalarAsync<long>(Rounds));
        // What is still kept for somebody would be kept for good. (Other tests' transactions on the same server hold purging up: until the round after them, which takes a change.)
        for (var i = 0; ; i++)
        {
            await nodes.ExecuteAsync(0, $"INSERT INTO plain VALUES ({2 + i}, 'after')");
            await nodes.SettleAsync();
            await nodes.MaintainAsync();
            if (await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1") == 0) break;
            Assert.True(i < 100, "change rows are kept");
            await Task.Delay(100);
        }
    }
}
