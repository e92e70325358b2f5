namespace Bucardo.Engine.Tests.Replication.Merging;

/// <summary>Rows of tables that merge, changed on several real nodes at once.</summary>
public sealed class MergeTests
{
    const string Schema = "CREATE TABLE account (id int PRIMARY KEY, name text, note text, balance int NOT NULL DEFAULT 0)";
    const string Both = "account(id) merge counters balance";

    static async Task<Nodes> StartAsync(string roles, string strategy = "bucardo_latest", string table = Both)
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, [table], strategy);
        await nodes.ExecuteAsync(0, "INSERT INTO account SELECT i, 'first', 'first', 100 FROM generate_series(1, 4) i");
        await nodes.SettleAsync();
        return nodes;
    }

    [Theory]
    [InlineData("ss", "bucardo_latest")]
    [InlineData("sst", "bucardo_source")]
    [InlineData("ssss", "n3 n1")]
    public async Task Changes_of_different_columns_survive_and_counters_add_up(string roles, string strategy)
    {
        await using var nodes = await StartAsync(roles, strategy);
        await nodes.ExecuteAsync(0, "UPDATE account SET name = 'a', balance = balance + 5 WHERE id = 1; UPDATE account SET balance = balance + 1 WHERE id = 2");
        await nodes.ExecuteAsync(1, "UPDATE account SET note = 'b', balance = balance - 20 WHERE id = 1; UPDATE account SET balance = balance + 2 WHERE id = 2");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(1,a,b,85)", "(2,first,first,103)", "(3,first,first,100)", "(4,first,first,100)"], await nodes.AssertEqualAsync("account"));
        Assert.Equal(2, result.Settled);
        // What is merged goes on being merged, with what came in between and without counting anything twice.
        for (var i = 0; i < nodes.Count; i++)
            if (roles[i] == 's') await nodes.ExecuteAsync(i, $"UPDATE account SET balance = balance + {i + 1} WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Contains($"(1,a,b,{85 + Enumerable.Range(0, roles.Length).Where(i => roles[i] == 's').Sum(i => i + 1)})", await nodes.AssertEqualAsync("account"));
    }

    [Fact]
    public async Task One_column_changed_on_both_is_the_strategys_to_decide_the_others_are_not()
    {
        foreach (var (strategy, name) in new[] { ("bucardo_latest", "b"), ("bucardo_source", "a"), ("n2", "b") })
        {
            await using var nodes = await StartAsync("sss", strategy);
            await nodes.ExecuteAsync(0, "UPDATE account SET name = 'a', note = 'mine' WHERE id = 1");
            await nodes.ExecuteAsync(1, "UPDATE account SET name = 'b' WHERE id = 1");
            await nodes.SettleAsync();
            Assert.Contains($"(1,{name},mine,100)", await nodes.AssertEqualAsync("account"));
        }
    }

    [Fact]
    public async Task A_row_inserted_on_several_nodes_holds_the_sum_of_what_they_counted()
    {
        await using var nodes = await StartAsync("ssss");
        for (var i = 0; i < 4; i++) await nodes.ExecuteAsync(i, $"INSERT INTO account VALUES (9, 'of {i}', 'x', {1 << i}) ON CONFLICT (id) DO UPDATE SET balance = account.balance + excluded.balance");
        await nodes.SettleAsync();
        Assert.Contains("(9,\"of 3\",x,15)", await nodes.AssertEqualAsync("account"));
    }

    [Fact]
    public async Task Whether_there_is_a_row_is_the_strategys_to_decide_and_one_that_comes_back_counts_anew()
    {
        await using var nodes = await StartAsync("sss", "bucardo_source");
        await nodes.ExecuteAsync(0, "UPDATE account SET balance = balance + 1 WHERE id = 1; DELETE FROM account WHERE id = 2");
        await nodes.ExecuteAsync(1, "DELETE FROM account WHERE id = 1; UPDATE account SET balance = balance + 1 WHERE id = 2");
        await nodes.ExecuteAsync(2, "UPDATE account SET balance = balance + 10 WHERE id IN (1, 2)");
        await nodes.SettleAsync();
        Assert.Equal(["(1,first,first,111)", "(3,first,first,100)", "(4,first,first,100)"], await nodes.AssertEqualAsync("account"));
        await nodes.ExecuteAsync(1, "INSERT INTO account VALUES (2, 'again', 'x', 7)");
        await nodes.ExecuteAsync(2, "DELETE FROM account WHERE id = 3; INSERT INTO account VALUES (3, 'again', 'x', 50)");
        await nodes.ExecuteAsync(0, "UPDATE account SET balance = balance + 3 WHERE id = 3");
        await nodes.SettleAsync();
        var rows = await nodes.AssertEqualAsync("account");
        Assert.Contains("(2,again,x,7)", rows);
        Assert.Contains(rows, r => r.StartsWith("(3,", StringComparison.Ordinal) && r.EndsWith(",53)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Counters_alone_leave_all_other_columns_to_the_winner()
    {
        await using var nodes = await StartAsync("ss", table: "account(id) counters balance");
        await nodes.ExecuteAsync(0, "UPDATE account SET name = 'a', balance = balance + 1 WHERE id = 1");
        await nodes.ExecuteAsync(1, "UPDATE account SET note = 'b', balance = balance + 2 WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Contains("(1,first,b,103)", await nodes.AssertEqualAsync("account"));
    }

    [Fact]
    public async Task A_node_that_was_away_brings_what_it_counted_and_gets_what_it_missed()
    {
        await using var nodes = await StartAsync("ssst");
        for (var i = 0; i < 5; i++)
        {
            await nodes.OnlineAsync([.. Enumerable.Range(0, 4).Where(n => n != i % 3)]);
            for (var n = 0; n < 3; n++) await nodes.ExecuteAsync(n, $"UPDATE account SET balance = balance + {n + 1}, {(n == 0 ? "name" : "note")} = 'turn {i}' WHERE id = 1");
            await nodes.RoundAsync();
            await nodes.MaintainAsync();
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Contains("(1,\"turn 4\",\"turn 4\",130)", await nodes.AssertEqualAsync("account"));
    }

    [Fact]
    public async Task Merging_switched_on_later_counts_from_the_values_that_are_there()
    {
        await using var nodes = await StartAsync("ss", table: "account(id)");
        await nodes.ExecuteAsync(0, "UPDATE account SET balance = balance + 1 WHERE id = 1");
        await nodes.SettleAsync();
        await nodes.ChangeTableAsync(t => t with { Counters = ["balance"] });
        await nodes.ExecuteAsync(0, "UPDATE account SET balance = balance + 10 WHERE id <= 2");
        await nodes.ExecuteAsync(1, "UPDATE account SET balance = balance + 20 WHERE id <= 2");
        await nodes.SettleAsync();
        Assert.Equal(["(1,first,first,131)", "(2,first,first,130)", "(3,first,first,100)", "(4,first,first,100)"], await nodes.AssertEqualAsync("account"));
    }

    [Fact]
    public async Task A_column_that_cannot_count_is_refused_with_what_to_do()
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE account (id int PRIMARY KEY, rate float8, twice int GENERATED ALWAYS AS (id * 2) STORED)", ["account(id) counters id, rate, twice, missing"]);
        var error = await Assert.ThrowsAsync<BucardoException>(() => nodes.RoundAsync());
        Assert.Equal(8, error.Problems.Count(p => p.Code == "CounterInvalid"));
        Assert.Contains("Set-BucardoTable -CounterColumn", error.Message);
    }
}
