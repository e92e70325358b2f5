namespace Bucardo.Faults;

/// <summary>The network between the daemon and the nodes.</summary>
[Collection(FaultCollection.Name)]
public class PartitionTests(Clusters clusters)
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
}
