using Bucardo.Engine.Replication;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Support;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// Targets of rounds that nobody waits for commit without waiting for the disk, so a crash may take the last of them back: all of it comes again, and nothing has been let go of before it is safe.
/// </summary>
public sealed class UnflushedTargetTests : IAsyncLifetime
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text)";

    PostgresCluster _server = null!;

    public async Task InitializeAsync()
    {
        if (!PostgresServers.AreExternal) _server = await StartServerAsync([]);
    }

    // Nothing of what is committed without waiting gets to the disk by itself for as long as the test takes.
    static Task<PostgresCluster> StartServerAsync(Dictionary<string, string> settings) =>
        PostgresCluster.StartAsync(new PostgresClusterOptions { Settings = new Dictionary<string, string>(settings) { ["wal_writer_delay"] = "10s" } });

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    static async Task<Nodes> StartAsync(PostgresCluster target, string roles = "st")
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, ["t(id)"], serverOf: i => i == roles.Length - 1 ? target : null);
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (0, 'first')");
        await nodes.SettleAsync();
        return nodes;
    }

    static async Task<int> LeftAfterCrashAsync(Nodes nodes, PostgresCluster target, int node = 1)
    {
        await target.RestartAsync(StopMode.Immediate);
        await nodes.AllOnlineAsync();
        return (await nodes.RowsAsync(node, "t")).Count;
    }

    static async Task WriteAsync(Nodes nodes, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({i}, 'new')");
            await nodes.CalledRoundAsync();
        }
    }

    [OwnServersTheory]
    [InlineData("st")]
    [InlineData("stt")]
    public async Task What_a_crash_has_taken_back_comes_again(string roles)
    {
        await using var nodes = await StartAsync(_server, roles);
        var all = 1;
        bool isLost;
        // When the server writes what, is its own affair.
        for (var attempt = 1; ; attempt++)
        {
            await WriteAsync(nodes, all, 5);
            all += 5;
            Assert.Equal(all, (await nodes.RowsAsync(roles.Length - 1, "t")).Count);
            isLost = await LeftAfterCrashAsync(nodes, _server, roles.Length - 1) < all;
            await nodes.SettleAsync();
            Assert.Equal(all, (await nodes.AssertEqualAsync("t")).Count);
            if (isLost || attempt == 5) break;
        }
        Assert.True(isLost, "No crash of five has taken anything back: these rounds wait for the disk.");
    }

    [OwnServersFact]
    public async Task What_the_source_has_let_go_of_is_still_there_after_a_crash()
    {
        await using var nodes = await StartAsync(_server);
        var rows = 1;
        // Transactions of other tests on the source's server may put the purge off.
        do
        {
            Assert.True(rows < 500, "The source lets go of nothing.");
            await WriteAsync(nodes, rows++, 1);
            await nodes.MaintainAsync();
        }
        while (await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1") > 0);
        Assert.Equal(rows, await LeftAfterCrashAsync(nodes, _server));
    }

    [OwnServersFact]
    public async Task Whoever_waits_for_a_round_finds_what_earlier_ones_brought_after_a_crash()
    {
        await using var nodes = await StartAsync(_server);
        await WriteAsync(nodes, 1, 10);
        Assert.True((await nodes.RoundAsync()).IsEmpty);
        Assert.Equal(11, await LeftAfterCrashAsync(nodes, _server));
    }

    [OwnServersFact]
    public async Task Whoever_waits_for_a_round_finds_what_it_brought_after_a_crash()
    {
        await using var nodes = await StartAsync(_server);
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'new')");
        await nodes.RoundAsync();
        Assert.Equal(2, await LeftAfterCrashAsync(nodes, _server));
    }

    [OwnServersFact]
    public async Task Whoever_waits_until_all_has_arrived_finds_it_after_a_crash()
    {
        await using var site = await Site.CreateAsync("st", serverOf: i => i == 1 ? _server : null);
        await site.RunAsync();
        // A backend that ends drops its temporary tables, and that commit would take all others along: this one stays.
        await using var session = new SyncSession(await site.Control.Syncs.LoadDefinitionAsync("s", default));
        for (var i = 0; i < 10; i++)
        {
            await site.ExecuteAsync(0, $"INSERT INTO plain VALUES ({i}, 'new')");
            await session.RunAsync(tryAll: false, null, default);
        }
        await SyncWait.UntilCaughtUpAsync(site.Control, "s", TimeSpan.FromSeconds(30), default);
        await _server.RestartAsync(StopMode.Immediate);
        Assert.Equal(10, (await site.RowsAsync(1)).Count);
    }

    [OwnServersFact]
    public async Task Nodes_whose_changes_others_read_wait_for_the_disk()
    {
        await using var nodes = await StartAsync(_server, "ss");
        await WriteAsync(nodes, 1, 10);
        Assert.Equal(11, await LeftAfterCrashAsync(nodes, _server));
    }

    // A standby that is to have all that was committed has it only if commits wait for it.
    [OwnServersFact]
    public async Task Where_standbys_are_waited_for_commits_wait_as_they_are_set()
    {
        await using var server = await StartServerAsync(new() { ["synchronous_standby_names"] = "standby", ["synchronous_commit"] = "local" });
        await using var nodes = await StartAsync(server);
        await WriteAsync(nodes, 1, 10);
        Assert.Equal(11, await LeftAfterCrashAsync(nodes, server));
    }
}
