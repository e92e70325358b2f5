using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Who has read only a part of a backlog, and meets others while the node that has the rest is away.</summary>
public sealed class BacklogTests
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text)";

    static async Task<(Nodes Nodes, Faults Faults)> StartAsync(string roles, string strategy)
    {
        var faults = new Faults();
        return (await Nodes.CreateAsync(roles, Schema, ["t(id)"], strategy, new SyncSessionOptions { Faults = faults }, maximumChanges: 1), faults);
    }

    [Theory]
    [InlineData("bucardo_skip")]
    [InlineData("bucardo_earliest")]
    public async Task What_is_written_over_a_part_of_a_transaction_stays(string strategy)
    {
        var (nodes, faults) = await StartAsync("sss", strategy);
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'n1'), (2, 'n1')");
        await nodes.OneStepAsync(faults, 0, 1, 2);
        await nodes.OnlineAsync(1, 2);
        await nodes.ExecuteAsync(2, "UPDATE t SET v = 'n3, who knew' WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Equal(["(1,\"n3, who knew\")"], await nodes.RowsAsync(1, "t"));
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(1,\"n3, who knew\")", "(2,n1)"], await nodes.AssertEqualAsync("t"));
    }

    [Theory]
    [InlineData("bucardo_skip")]
    [InlineData("bucardo_source")]
    public async Task What_is_written_over_a_part_of_a_backlog_stays(string strategy)
    {
        var (nodes, faults) = await StartAsync("ssss", strategy);
        await using var disposing = nodes;
        await nodes.ExecuteAsync(2, "INSERT INTO t VALUES (1, 'n3')");
        await nodes.OnlineAsync(0, 2, 3);
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (2, 'n1')");
        await nodes.OneStepAsync(faults, 0, 1);
        Assert.Equal(["(1,n3)"], await nodes.RowsAsync(1, "t"));
        // What n1 had seen when it had that much came along, so n2 knows what it writes over; n4 has the same row from elsewhere.
        await nodes.ExecuteAsync(1, "UPDATE t SET v = 'n2, who knew' WHERE id = 1");
        await nodes.OnlineAsync(1, 3);
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["(1,\"n2, who knew\")"], await nodes.RowsAsync(3, "t"));
        await nodes.AllOnlineAsync();
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["(1,\"n2, who knew\")", "(2,n1)"], await nodes.AssertEqualAsync("t"));
    }

    [Fact]
    public async Task Who_has_a_part_passes_it_on_once()
    {
        var (nodes, faults) = await StartAsync("ssss", "bucardo_latest");
        await using var disposing = nodes;
        for (var i = 1; i <= 3; i++) await nodes.ExecuteAsync(2, $"INSERT INTO t VALUES ({i}, 'n3')");
        await nodes.OnlineAsync(0, 2);
        await nodes.SettleAsync();
        await nodes.OneStepAsync(faults, 0, 1);
        await nodes.OnlineAsync(1, 3);
        Assert.Equal(1, (await nodes.RoundAsync()).Inserts);
        Assert.True((await nodes.RoundAsync()).IsEmpty);
    }

    [Fact]
    public async Task Who_has_a_part_of_a_transaction_passes_it_on_once()
    {
        var (nodes, faults) = await StartAsync("sss", "bucardo_skip");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'n1'), (2, 'n1')");
        await nodes.OneStepAsync(faults, 0, 1);
        await nodes.OnlineAsync(1, 2);
        Assert.Equal(1, (await nodes.RoundAsync()).Inserts);
        Assert.True((await nodes.RoundAsync()).IsEmpty);
        // n3 has never met n1, but knows which transaction it has a part of.
        await nodes.ExecuteAsync(2, "UPDATE t SET v = 'n3, who knew' WHERE id = 1");
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        await nodes.AllOnlineAsync();
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["(1,\"n3, who knew\")", "(2,n1)"], await nodes.AssertEqualAsync("t"));
    }

    [Fact]
    public async Task What_a_round_brought_is_not_split()
    {
        var (nodes, faults) = await StartAsync("ssss", "bucardo_latest");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(1, "INSERT INTO t VALUES (1, 'n2')");
        await nodes.ExecuteAsync(2, "INSERT INTO t VALUES (2, 'n3')");
        await nodes.OnlineAsync(0, 1, 2);
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (3, 'n1')");
        await nodes.OneStepAsync(faults, 0, 3);
        Assert.Equal(["(1,n2)", "(2,n3)"], await nodes.RowsAsync(3, "t"));
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(1,n2)", "(2,n3)", "(3,n1)"], await nodes.AssertEqualAsync("t"));
    }

    [Fact]
    public async Task What_the_sender_had_left_out_at_that_time_is_not_claimed_to_be_seen()
    {
        var (nodes, faults) = await StartAsync("sss", "bucardo_skip");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'first')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(2, "UPDATE t SET v = 'n3' WHERE id = 1");
        await nodes.OnlineAsync(0, 2);
        await WithLockAsync(nodes, 0, async () => Assert.Equal(1, (await nodes.RoundAsync()).Deferred));
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (2, 'n1')");
        await nodes.SettleAsync();
        await nodes.OneStepAsync(faults, 0, 1);
        Assert.Equal(["(1,first)", "(2,n1)"], await nodes.RowsAsync(1, "t"));
        await nodes.OnlineAsync(1, 2);
        await nodes.SettleAsync();
        Assert.Equal(["(1,n3)", "(2,n1)"], await nodes.RowsAsync(1, "t"));
    }

    [Fact]
    public async Task What_was_left_out_and_changed_again_behind_the_cut_waits_for_that_change()
    {
        var (nodes, faults) = await StartAsync("ss", "bucardo_latest");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'first')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE t SET v = 'second' WHERE id = 1");
        await WithLockAsync(nodes, 1, async () => Assert.Equal(1, (await nodes.RoundAsync()).Deferred));
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (2, 'n1')");
        await nodes.ExecuteAsync(0, "UPDATE t SET v = 'third' WHERE id = 1");
        await nodes.OneStepAsync(faults, 0, 1);
        Assert.Equal(["(1,first)", "(2,n1)"], await nodes.RowsAsync(1, "t"));
        await nodes.OnlineAsync(0, 1);
        await nodes.SettleAsync();
        Assert.Equal(["(1,third)", "(2,n1)"], await nodes.AssertEqualAsync("t"));
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.deferred"));
    }

    [Fact]
    public async Task Earlier_contexts_are_purged_with_the_changes_but_for_the_last_that_all_have_seen()
    {
        var (nodes, _) = await StartAsync("sss", "bucardo_latest");
        await using var disposing = nodes;
        for (var i = 1; i <= 3; i++)
        {
            await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({i}, 'n1')");
            await nodes.SettleAsync();
        }
        var kept = await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.past");
        Assert.True(kept >= 3);
        // What peers have seen counts up to the oldest transaction that any database of the server has open, another test's included.
        for (var i = 0; i < 600 && await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.past") >= kept; i++)
        {
            await nodes.SettleAsync();
            await nodes.MaintainAsync();
            await Task.Delay(50);
        }
        Assert.InRange(await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.past"), 1, kept - 1);
    }

    // Somebody has row 1 locked on a node meanwhile.
    static async Task WithLockAsync(Nodes nodes, int node, Func<Task> run)
    {
        await using var connection = await nodes[node].OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT FROM t WHERE id = 1 FOR UPDATE";
            await command.ExecuteNonQueryAsync();
        }
        await run();
    }
}
