namespace Bucardo.Faults;

/// <summary>Backends and servers that die in the middle of a round.</summary>
[Collection(ServerFaultCollection.Name)]
public class CrashTests(ServerFaultClusters clusters)
{
    const string TerminateBackends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bucardo %' AND application_name <> 'bucardo tests' AND datname = current_database()";

    [OwnServersFact]
    public async Task A_node_whose_backends_are_terminated_while_it_applies_loses_nothing()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 2);
        var killed = 0L;
        for (var i = 0; i < 15; i++)
        {
            await Task.Delay(200);
            killed += (await world.Nodes[i % 3].QueryAsync(TerminateBackends)).Count;
        }
        Assert.True(killed > 10, $"{killed} backends were terminated");
        await world.SettleAsync(await writers.StopAsync());
    }

    [OwnServersTheory]
    [InlineData("before-apply")]
    [InlineData("after-apply")]
    [InlineData("before-commit")]
    [InlineData("after-commit")]
    public async Task A_node_whose_server_crashes_in_the_middle_of_applying_holds_nobody_back_and_catches_up(string point)
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        var daemon = await world.ServeAsync($"{point}@n2:sleep=2");
        await using (var writers = Writers.Start(world, seed: 3))
        {
            await daemon.WaitForLineAsync($"fault {point}@n2");
            await clusters.Second.StopAsync(StopMode.Immediate);
            await writers.StopAsync();
            // n1 and n3 are on the other server.
            await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'while n2 is down')");
            await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "while n2 is down", [2]);
            await clusters.Second.StartAgainAsync();
            await world.SettleAsync(writers.All);
        }
    }

    [OwnServersTheory]
    [InlineData("before-settle@n1")]
    [InlineData("after-settle@n1")]
    [InlineData("before-commit@n1")]
    [InlineData("after-commit@n1")]
    public async Task A_daemon_killed_while_it_settles_a_conflict_leaves_it_to_the_next_one(string point)
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss", strategy: "bucardo_source");
        await world.ExecuteAsync(0, "INSERT INTO hot VALUES (1, 1, 'n1')");
        await world.ExecuteAsync(1, "INSERT INTO hot VALUES (1, 1, 'n2, later')");
        var daemon = world.Start($"{point}:kill");
        Assert.Equal(137, await daemon.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        await world.RemoveAsync(daemon);
        await world.ServeAsync();
        await world.WaitForAsync("SELECT note FROM hot", "n1");
        await world.SettleAsync();
    }

    [OwnServersFact]
    public async Task A_frozen_server_is_given_up_and_comes_back()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 4, nodes: [0, 2]);
        await Task.Delay(500);
        clusters.Second.Pause();
        try
        {
            await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'while n2 hangs')");
            await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "while n2 hangs", [2], TimeSpan.FromSeconds(40));
        }
        finally
        {
            clusters.Second.Resume();
        }
        await world.SettleAsync(await writers.StopAsync());
    }

    [OwnServersFact]
    public async Task A_control_database_that_is_down_for_a_minute_stops_no_round()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sst");
        await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 13, nodes: [0, 1], pause: TimeSpan.FromMilliseconds(200));
        await clusters.Control.StopAsync(StopMode.Immediate);
        for (var i = 1; i <= 6; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(10));
            await world.ExecuteAsync(i % 2, $"INSERT INTO part VALUES ({i}, 1, 'meanwhile')");
            await world.WaitForAsync($"SELECT note FROM part WHERE item = {i}", "meanwhile");
        }
        await world.HealAsync();
        await world.SettleAsync(await writers.StopAsync());
    }
}
