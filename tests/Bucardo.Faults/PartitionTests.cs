namespace Bucardo.Faults;

/// <summary>The network between the daemon and the nodes.</summary>
[Collection(NetworkFaultCollection.Name)]
public class PartitionTests(NetworkFaultClusters clusters)
{
    [OwnServersFact]
    public async Task Any_subset_of_four_nodes_may_be_cut_off_in_any_order_while_all_write_on()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "ssss");
        await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 1);
        var random = new Random(1);
        for (var i = 0; i < 6; i++)
        {
            foreach (var proxy in world.Proxies) proxy.Switch(random.Next(4) switch { 0 => ProxyMode.Cut, 1 => ProxyMode.Refuse, _ => ProxyMode.Pass });
            await Task.Delay(1000);
        }
        await world.HealAsync();
        await world.SettleAsync(await writers.StopAsync());
    }

    [OwnServersFact]
    public async Task A_partition_that_outlasts_every_timeout_heals()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "ssss");
        await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 12);
        await Task.Delay(500);
        world.Proxies[1].Switch(ProxyMode.BlackHole);
        world.Proxies[3].Switch(ProxyMode.Cut);
        // A node is given up after half a minute at most, and a service is taken for dead before that.
        await Task.Delay(TimeSpan.FromSeconds(40));
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'meanwhile')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "meanwhile", [2]);
        // The others meet, of whom neither knows what the two have made meanwhile.
        foreach (var node in new[] { 0, 2 }) world.Proxies[node].Switch(ProxyMode.Cut);
        foreach (var node in new[] { 1, 3 }) world.Proxies[node].Switch(ProxyMode.Pass);
        await world.ExecuteAsync(1, "INSERT INTO part VALUES (2, 1, 'on the other side')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 2", "on the other side", [3], TimeSpan.FromSeconds(90));
        await world.HealAsync();
        await world.SettleAsync(await writers.StopAsync());
    }
}
