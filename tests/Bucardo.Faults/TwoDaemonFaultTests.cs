using Bucardo.Engine.Service;

namespace Bucardo.Faults;

/// <summary>Two daemons, and what is between them and the control database.</summary>
[Collection(NetworkFaultCollection.Name)]
public class TwoDaemonFaultTests(NetworkFaultClusters clusters)
{
    // Every commit of a round raises the number; who applies, is whose backend it is.
    static async Task<List<int>> ServersAsync(FaultWorld world) =>
        [.. (await ServiceDirectory.ListAsync(world.Control, default)).Where(s => s.Syncs.Contains("s1")).Select(s => s.ProcessId)];

    static Task<long?> EpochAsync(FaultWorld world, int node) => world.Nodes[node].ScalarAsync<long?>("SELECT epoch FROM bucardo_node.sync");

    [OwnServersTheory]
    [InlineData("Cut")]
    [InlineData("BlackHole")]
    public async Task A_daemon_cut_off_from_the_control_database_gives_way_to_the_one_that_takes_over(string mode)
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        var first = await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 10);
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'x')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "x");
        var second = await world.ServeAsync();
        Assert.Equal([first.Id], await ServersAsync(world));
        first.Control.Switch(Enum.Parse<ProxyMode>(mode));
        // In a black hole the lock is held for as long as the server believes in the connection: then there is nobody who takes over, and the first one goes on.
        if (mode == "Cut")
        {
            await second.WaitForLineAsync("Sync s1 is being run", TimeSpan.FromSeconds(30));
            await first.WaitForLineAsync("Another service has taken sync s1 over", TimeSpan.FromSeconds(60));
            Assert.Equal([second.Id], await ServersAsync(world));
        }
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (2, 1, 'y')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 2", "y");
        await world.HealAsync();
        await world.SettleAsync(await writers.StopAsync());
        Assert.Single(await ServersAsync(world));
    }

    [OwnServersFact]
    public async Task A_round_of_a_daemon_that_has_been_replaced_is_refused_wherever_its_successor_has_been()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        var first = await world.ServeAsync("before-begin@n1#2:sleep=8");
        await using var writers = Writers.Start(world, seed: 11);
        await first.WaitForLineAsync("fault before-begin@n1");
        var epoch = await EpochAsync(world, 1);
        first.Control.Switch(ProxyMode.Cut);
        // It sleeps in the middle of a round, and the other one runs rounds meanwhile.
        var second = await world.ServeAsync();
        await Poll.UntilAsync(async () => await EpochAsync(world, 1) > epoch, Poll.Usual, world.Log);
        await first.WaitForLineAsync("Another service has taken sync s1 over", TimeSpan.FromSeconds(60));
        await world.HealAsync();
        await world.SettleAsync(await writers.StopAsync());
        Assert.Equal([second.Id], await ServersAsync(world));
    }
}
