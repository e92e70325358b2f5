namespace Bucardo.Engine.Tests.Replication;

/// <summary>Two nodes changed the same row: the strategy decides, everywhere alike.</summary>
public sealed class ConflictTests
{
    const string Plain = "CREATE TABLE plain (id int PRIMARY KEY, name text, n int DEFAULT 0)";

    const string Fill = "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 4) i";

    static async Task<Nodes> StartAsync(string roles, string strategy = "bucardo_latest")
    {
        var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"], strategy);
        await nodes.ExecuteAsync(0, Fill);
        await nodes.SettleAsync();
        return nodes;
    }

    static string? RowOf(IReadOnlyList<string> rows, int id) => rows.FirstOrDefault(r => r.StartsWith($"({id},", StringComparison.Ordinal));

    static readonly (string First, string Second, string? FirstWins, string? SecondWins)[] s_contradictions =
    [
        ("UPDATE plain SET name = 'a' WHERE id = 1", "UPDATE plain SET name = 'b' WHERE id = 1", "(1,a,0)", "(1,b,0)"),
        ("DELETE FROM plain WHERE id = 1", "UPDATE plain SET name = 'b' WHERE id = 1", null, "(1,b,0)"),
        ("UPDATE plain SET name = 'a' WHERE id = 1", "DELETE FROM plain WHERE id = 1", "(1,a,0)", null),
        ("INSERT INTO plain VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'a'", "UPDATE plain SET n = 7 WHERE id = 1", "(1,a,0)", "(1,first,7)"),
        ("UPDATE plain SET id = 10 WHERE id = 1", "UPDATE plain SET name = 'b' WHERE id = 1", null, "(1,b,0)"),
        ("TRUNCATE plain", "UPDATE plain SET name = 'b' WHERE id = 1", null, "(1,b,0)"),
        ("UPDATE plain SET name = 'a' WHERE id = 1", "TRUNCATE plain", "(1,a,0)", null),
        ("DELETE FROM plain WHERE id = 1", "TRUNCATE plain", null, null),
    ];

    [Theory]
    [InlineData("ss", "bucardo_latest", false)]
    [InlineData("ss", "bucardo_source", true)]
    [InlineData("ss", "n2 n1", false)]
    [InlineData("sst", "bucardo_latest", false)]
    [InlineData("sst", "bucardo_source", true)]
    [InlineData("sst", "n2 n1", false)]
    public async Task One_of_two_wins_on_every_node(string roles, string strategy, bool firstWins)
    {
        await using var nodes = await StartAsync(roles, strategy);
        foreach (var (first, second, ofFirst, ofSecond) in s_contradictions)
        {
            await nodes.StartOverAsync("plain", Fill);
            await nodes.ExecuteAsync(0, first);
            await nodes.ExecuteAsync(1, second);
            await nodes.SettleAsync();
            Assert.Equal((first, second, firstWins ? ofFirst : ofSecond), (first, second, RowOf(await nodes.AssertEqualAsync("plain"), 1)));
        }
    }

    [Fact]
    public async Task Latest_goes_row_by_row_and_counts_the_conflicts()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'a' WHERE id = 1");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id <= 2");
        await nodes.ExecuteAsync(2, "UPDATE plain SET name = 'c' WHERE id = 3");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'A' WHERE id IN (2, 3)");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(1,b,0)", "(2,A,0)", "(3,A,0)", "(4,first,0)"], await nodes.AssertEqualAsync("plain"));
        Assert.Equal(3, result.Conflicts);
    }

    [Fact]
    public async Task Two_inserts_of_one_key_end_in_one_row()
    {
        await using var nodes = await StartAsync("sss");
        for (var i = 0; i < 3; i++) await nodes.ExecuteAsync(i, $"INSERT INTO plain VALUES (9, 'of {i}')");
        await nodes.SettleAsync();
        Assert.Contains("(9,\"of 2\",0)", await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task A_change_made_in_knowledge_of_another_is_no_conflict_whatever_the_strategy_prefers()
    {
        foreach (var strategy in new[] { "bucardo_source", "bucardo_latest", "bucardo_abort", "n1 n2 n3" })
        {
            await using var nodes = await StartAsync("sss", strategy);
            for (var i = 0; i < 6; i++)
            {
                await nodes.ExecuteAsync(i % 3, $"UPDATE plain SET name = 'turn {i}', n = n + 1 WHERE id = 1");
                Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
            }
            Assert.Contains("(1,\"turn 5\",6)", await nodes.AssertEqualAsync("plain"));
        }
    }

    [Fact]
    public async Task Skip_leaves_both_rows_as_they_are_until_the_next_change()
    {
        await using var nodes = await StartAsync("sss", "bucardo_skip");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'a' WHERE id = 1");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id = 1; UPDATE plain SET name = 'free' WHERE id = 2");
        var result = await nodes.SettleAsync();
        Assert.Equal(1, result.Conflicts);
        Assert.Contains("(1,a,0)", await nodes.RowsAsync(0, "plain"));
        Assert.Contains("(1,b,0)", await nodes.RowsAsync(1, "plain"));
        Assert.Contains("(2,free,0)", await nodes.RowsAsync(2, "plain"));
        await nodes.ExecuteAsync(2, "UPDATE plain SET name = 'settled' WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Contains("(1,settled,0)", await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task Skip_spares_a_row_that_a_TRUNCATE_meets()
    {
        await using var nodes = await StartAsync("ss", "bucardo_skip");
        await nodes.ExecuteAsync(0, "TRUNCATE plain");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Empty(await nodes.RowsAsync(0, "plain"));
        Assert.Equal(["(1,b,0)"], await nodes.RowsAsync(1, "plain"));
    }

    [Fact]
    public async Task Abort_changes_nothing_anywhere_until_the_rows_are_made_equal_or_the_strategy_is_changed()
    {
        await using var nodes = await StartAsync("sst", "bucardo_abort");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'a' WHERE id = 1; INSERT INTO plain VALUES (5, 'waits')");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id = 1");
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<BucardoException>(() => nodes.RoundAsync());
            Assert.Equal("ConflictAbort", error.ErrorId);
            Assert.Contains("1", error.Message);
        }
        Assert.Equal(4, (await nodes.RowsAsync(2, "plain")).Count);
        await nodes.UseStrategyAsync("bucardo_latest");
        await nodes.SettleAsync();
        Assert.Contains("(1,b,0)", await nodes.AssertEqualAsync("plain"));
        Assert.Contains("(5,waits,0)", await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task A_node_that_was_away_meets_one_that_passed_a_change_on()
    {
        foreach (var strategy in new[] { "bucardo_latest", "bucardo_source", "n3 n2 n1" })
        {
            await using var nodes = await StartAsync("sss", strategy);
            // n2 has an old change of its own, which n3 has not seen; then it takes n1's.
            await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'old' WHERE id = 1");
            await nodes.OnlineAsync(0, 1);
            await nodes.SettleAsync();
            await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'passed on' WHERE id = 1; DELETE FROM plain WHERE id = 2");
            await nodes.SettleAsync();
            await nodes.OnlineAsync(1, 2);
            Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
            Assert.Contains("(1,\"passed on\",0)", await nodes.RowsAsync(2, "plain"));
            // Now n1 is back: nothing is left to be done.
            await nodes.AllOnlineAsync();
            var rest = await nodes.SettleAsync();
            Assert.True(rest.IsEmpty, rest.ToString());
            Assert.Equal(["(1,\"passed on\",0)", "(3,first,0)", "(4,first,0)"], await nodes.AssertEqualAsync("plain"));
        }
    }

    [Fact]
    public async Task What_a_dead_source_sent_to_one_node_the_others_get_from_that_one()
    {
        await using var nodes = await StartAsync("sssst");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'last words' WHERE id = 1; INSERT INTO plain VALUES (7, 'last words'); DELETE FROM plain WHERE id = 4; TRUNCATE plain; INSERT INTO plain VALUES (8, 'very last')");
        await nodes.OnlineAsync(0, 1);
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(2, "INSERT INTO plain VALUES (30, 'meanwhile')");
        await nodes.OnlineAsync(1, 2, 3, 4);
        await nodes.SettleAsync();
        for (var i = 1; i < 5; i++) Assert.Equal(["(30,meanwhile,0)", "(8,\"very last\",0)"], await nodes.RowsAsync(i, "plain"));
        var rest = await nodes.RoundAsync();
        Assert.True(rest.IsEmpty);
    }

    [Fact]
    public async Task One_offline_node_holds_back_nobody_and_catches_up_with_its_conflicts()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(2, "UPDATE plain SET name = 'away early' WHERE id = 1");
        await nodes.OnlineAsync(0, 1);
        for (var i = 0; i < 5; i++)
        {
            await nodes.ExecuteAsync(i % 2, $"UPDATE plain SET name = 'there {i}', n = {i} WHERE id <= 2");
            await nodes.SettleAsync();
        }
        await nodes.ExecuteAsync(2, "UPDATE plain SET name = 'away late' WHERE id = 2");
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        var rows = await nodes.AssertEqualAsync("plain");
        Assert.Equal("(1,\"there 4\",4)", RowOf(rows, 1));
        Assert.Equal("(2,\"away late\",0)", RowOf(rows, 2));
    }

    [Fact]
    public async Task Purging_between_rounds_changes_nothing_of_the_outcome()
    {
        await using var nodes = await StartAsync("sss");
        for (var i = 0; i < 8; i++)
        {
            await nodes.ExecuteAsync(i % 3, $"UPDATE plain SET name = 'turn {i}' WHERE id <= 2; INSERT INTO plain VALUES ({100 + i}, 'x'); DELETE FROM plain WHERE id = {99 + i}");
            if (i is 2 or 3 or 4) await nodes.OnlineAsync(0, 1);
            else await nodes.AllOnlineAsync();
            await nodes.RoundAsync();
            await nodes.MaintainAsync();
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Contains("(1,\"turn 7\",0)", await nodes.AssertEqualAsync("plain"));
        // Once all have seen all, and know it of each other, nothing need be kept.
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (200, 'x')");
        await nodes.SettleAsync();
        await nodes.MaintainAsync();
        // Other databases on the server may hold a snapshot back a little.
        for (var i = 0; i < 3; i++) Assert.InRange(await nodes[i].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1"), 0, 12);
    }
}
