using System.Diagnostics;

namespace Bucardo.Faults;

/// <summary>Connections on which nothing arrives any more and nobody says so.</summary>
[Collection(NetworkFaultCollection.Name)]
public class BlackHoleTests(NetworkFaultClusters clusters)
{
    // What a round may take to notice, and some seconds for a machine that has other things to do.
    static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    [OwnServersTheory]
    [InlineData("before-snapshot")]
    [InlineData("before-commit")]
    public async Task A_node_in_a_black_hole_holds_the_others_up_for_a_bounded_time_only(string point)
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "ssss");
        var daemon = await world.ServeAsync($"{point}@n2#2:sleep=1");
        await using var writers = Writers.Start(world, seed: 5);
        await daemon.WaitForLineAsync($"fault {point}@n2", s_bound);
        world.Proxies[1].Switch(ProxyMode.BlackHole);
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'one')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "one", [2, 3], s_bound);
        // Once it is known to be away, looking for it costs the others nothing. A busy machine may hold up one of them, but not all.
        var fastest = TimeSpan.MaxValue;
        for (var i = 2; i < 6; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await world.ExecuteAsync(2, $"INSERT INTO part VALUES ({i}, 1, 'more')");
            await world.WaitForAsync($"SELECT note FROM part WHERE item = {i}", "more", [0, 3], s_bound);
            fastest = TimeSpan.FromTicks(Math.Min(fastest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
            await Task.Delay(1000);
        }
        Assert.True(fastest < TimeSpan.FromSeconds(8), $"a round that knows that n2 is away takes {fastest}\n{world.Log()}");
        await world.HealAsync();
        await world.SettleAsync(await writers.StopAsync());
    }

    [OwnServersFact]
    public async Task Half_open_connections_are_replaced_in_a_bounded_time()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'before')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "before");
        // The listener's too: nobody hears that there is something to do. New connections pass.
        world.Proxies[1].SilenceConnections();
        await world.ExecuteAsync(1, "INSERT INTO part VALUES (2, 1, 'after')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 2", "after", limit: s_bound);
        await world.SettleAsync();
    }

    [OwnServersFact]
    public async Task What_a_killed_daemon_has_left_locked_on_a_half_open_connection_keeps_no_successor_away()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "ss");
        var daemon = await world.ServeAsync("before-commit@n2:sleep=60");
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'x')");
        await daemon.WaitForLineAsync("fault before-commit@n2", s_bound);
        world.Proxies[1].SilenceConnections();
        daemon.Process.Kill();
        await world.RemoveAsync(daemon);
        await world.ServeAsync();
        await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "x", limit: s_bound);
    }

    [OwnServersFact]
    public async Task Rounds_go_on_while_the_control_database_is_in_a_black_hole()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        var daemon = await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 6);
        await Task.Delay(500);
        daemon.Control.Switch(ProxyMode.BlackHole);
        for (var i = 1; i < 6; i++)
        {
            await world.ExecuteAsync(0, $"INSERT INTO part VALUES ({i}, 1, 'more')");
            await world.WaitForAsync($"SELECT note FROM part WHERE item = {i}", "more", limit: s_bound);
            await Task.Delay(1500);
        }
        await daemon.WaitForLineAsync("The control database is away", s_bound);
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (99, 1, 'more')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 99", "more", limit: s_bound);
        await world.HealAsync();
        await world.SettleAsync(await writers.StopAsync());
    }

    [OwnServersFact]
    public async Task A_slow_network_is_only_slow()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await world.ServeAsync();
        foreach (var proxy in world.Proxies) proxy.Delay = TimeSpan.FromMilliseconds(30);
        await using var writers = Writers.Start(world, seed: 7);
        await Task.Delay(4000);
        Assert.Empty((await world.Control.SyncRuns.ListAsync(new() { Sync = "s1" })).SelectMany(r => r.Problems));
        await world.SettleAsync(await writers.StopAsync());
    }
}
