using Bucardo.Engine.Copying;
using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// Applications that do not wait for the disk (synchronous_commit = off) lose their last transactions when a server crashes, and the server gives their ids again.
/// What has reached a peer is not among them, and what is written under those ids arrives.
/// </summary>
public sealed class AsynchronousCommitTests : IAsyncLifetime
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text)";

    PostgresCluster _server = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServers.AreExternal) return;
        // Nothing of it is written by itself for as long as the test takes.
        _server = await PostgresCluster.StartAsync(new PostgresClusterOptions { Scram = true, Settings = new Dictionary<string, string> { ["wal_writer_delay"] = "10s", ["synchronous_commit"] = "off" } });
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    Task<Nodes> StartAsync(string roles, SyncSessionOptions? options = null) => Nodes.CreateAsync(roles, Schema, ["t(id)"], options: options, serverOf: i => i == 0 ? _server : null);

    async Task CrashAsync(Nodes nodes)
    {
        await _server.RestartAsync(StopMode.Immediate);
        await nodes.AllOnlineAsync();
    }

    [OwnServersTheory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task What_has_reached_a_peer_is_still_there_after_a_crash(string roles)
    {
        await using var nodes = await StartAsync(roles);
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'first')");
        await nodes.SettleAsync();
        for (var i = 0; i < 10; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({10 + i}, 'before')");
        await nodes.RoundAsync();
        Assert.Equal(11, (await nodes.RowsAsync(1, "t")).Count);
        await CrashAsync(nodes);
        Assert.Equal(11, (await nodes.RowsAsync(0, "t")).Count);
        for (var i = 0; i < 20; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({30 + i}, 'after')");
        await nodes.SettleAsync();
        Assert.Equal(31, (await nodes.AssertEqualAsync("t")).Count);
    }

    [OwnServersFact]
    public async Task What_was_lost_before_a_round_saw_it_holds_nothing_up()
    {
        await using var nodes = await StartAsync("ss");
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'first')");
        await nodes.SettleAsync();
        for (var i = 0; i < 10; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({10 + i}, 'lost')");
        await CrashAsync(nodes);
        // How many are lost is the server's affair.
        var left = (await nodes.RowsAsync(0, "t")).Count;
        for (var i = 0; i < 10; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({30 + i}, 'after')");
        await nodes.SettleAsync();
        Assert.Equal(left + 10, (await nodes.AssertEqualAsync("t")).Count);
    }

    [OwnServersFact]
    public async Task What_was_read_while_a_hot_row_is_held_is_still_there_after_a_crash()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("ss", new SyncSessionOptions { Faults = faults });
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'first')");
        await nodes.SettleAsync();
        // In the fourth round it is locked before anybody looks.
        for (var i = 0; i < 3; i++)
        {
            await nodes.ExecuteAsync(1, $"UPDATE t SET v = 'remote {i}' WHERE id = 1");
            faults.WriteOnce("before-begin", nodes, 0, $"UPDATE t SET v = 'local {i}' WHERE id = 1");
            Assert.Equal(1, (await nodes.RoundAsync()).Deferred);
        }
        for (var i = 0; i < 10; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({10 + i}, 'before')");
        await nodes.RoundAsync();
        Assert.Equal(1, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bucardo flush'"));
        Assert.Equal(11, (await nodes.RowsAsync(1, "t")).Count);
        await CrashAsync(nodes);
        await nodes.SettleAsync();
        Assert.Equal(11, (await nodes.AssertEqualAsync("t")).Count);
    }

    [OwnServersFact]
    public async Task What_was_copied_is_still_there_after_a_crash()
    {
        await using var nodes = await StartAsync("st");
        for (var i = 0; i < 10; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({10 + i}, 'before')");
        Assert.Equal(CopyOutcome.Copied, Assert.Single(await nodes.CopyAsync(0, 1)).Outcome);
        await CrashAsync(nodes);
        for (var i = 0; i < 20; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({30 + i}, 'after')");
        await nodes.SettleAsync();
        Assert.Equal(30, (await nodes.AssertEqualAsync("t")).Count);
    }

    // The receiver says to the source what it has, and the source lets that go.
    [OwnServersFact]
    public async Task What_a_receiver_says_that_it_has_is_still_there_after_a_crash()
    {
        await using var nodes = await StartAsync("ss");
        for (var i = 0; i < 10; i++)
        {
            await nodes.ExecuteAsync(1, $"INSERT INTO t VALUES ({10 + i}, 'from the other')");
            await nodes.SettleAsync();
            await nodes.MaintainAsync();
        }
        await CrashAsync(nodes);
        await nodes.SettleAsync();
        Assert.Equal(10, (await nodes.AssertEqualAsync("t")).Count);
    }
}
