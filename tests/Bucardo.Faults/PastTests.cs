namespace Bucardo.Faults;

/// <summary>Servers that go back in time while applications write: a standby that lags a little takes the place of one, or a backup is restored.</summary>
[Collection(ServerFaultCollection.Name)]
public class PastTests(ServerFaultClusters clusters)
{
    [OwnServersTheory]
    [InlineData("sss", 1)]
    [InlineData("ssst", 0)]
    public async Task What_a_promoted_standby_has_is_not_lost_and_what_others_had_got_from_its_primary_comes_back(string roles, int node)
    {
        await using var world = await FaultWorld.CreateAsync(clusters, roles);
        await world.ServeAsync();
        var all = Enumerable.Range(0, roles.Length).Where(world.IsSource).Select(i => new Writer(world.Nodes[i], i, seed: 40)).ToList();
        var promotion = new Promotion(world, new Random(node), all);
        await using var writers = Writers.Start(all);
        for (var i = 0; i < 2; i++)
        {
            await Task.Delay(1000);
            await promotion.RunAsync(node);
        }
        await Task.Delay(1000);
        await world.SettleAsync(await writers.StopAsync());
        Assert.Contains(all, w => w.HasUnsure);
    }

    [OwnServersFact]
    public async Task A_node_restored_from_a_backup_is_refused_and_comes_back_by_the_documented_way_while_the_service_runs()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        var daemon = await world.ServeAsync();
        var all = Enumerable.Range(0, 3).Select(i => new Writer(world.Nodes[i], i, seed: 41)).ToList();
        var restoration = new Restoration(world, new Random(1), all);
        await using var writers = Writers.Start(all);
        await Task.Delay(1000);
        // Who was restored to a state that nobody has seen it pass is no stranger to anybody.
        await restoration.RunAsync(async () =>
        {
            await world.ExecuteAsync(1, "INSERT INTO part VALUES (1, 1, 'after the backup')");
            await world.WaitForAsync("SELECT count(*) FROM part WHERE item = 1", 1L);
        });
        await daemon.WaitForLineAsync("Database n2 has gone back in time", Poll.Usual);
        await restoration.BringBackAsync();
        await Task.Delay(1000);
        await world.SettleAsync(await writers.StopAsync());
    }
}
