using Bucardo.Engine.Catalog;

namespace Bucardo.Faults;

/// <summary>A receiver whose disk is full.</summary>
[Collection(ServerFaultCollection.Name)]
public class DiskFullTests(ServerFaultClusters clusters)
{
    [SmallDiskFact]
    public async Task A_receiver_whose_disk_is_full_says_so_holds_nobody_back_and_catches_up()
    {
        await using var disk = await SmallDisk.CreateAsync(clusters.Second, megabytes: 24);
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await disk.TakeAsync(world.Nodes[1]);
        try
        {
            await world.ServeAsync();
            disk.Fill();
            await world.ExecuteAsync(0, "INSERT INTO part SELECT 1, n, repeat('x', 500) FROM generate_series(1, 4000) n");
            await world.WaitForAsync("SELECT count(*) FROM part", 4000L, [2]);
            await Poll.UntilAsync(async () => (await world.Control.SyncRuns.ListAsync(new SyncRunFilter { Sync = "s1" })).Any(r => r.Problems.Any(p => p.Message.Contains("disk of database n2 is full"))),
                Poll.Usual, world.Log);
            await world.ExecuteAsync(2, "INSERT INTO item VALUES (1, 1, 'meanwhile')");
            await world.WaitForAsync("SELECT note FROM item WHERE id = 1", "meanwhile", [0]);
            disk.Free();
            await world.SettleAsync();
        }
        finally
        {
            foreach (var daemon in world.Daemons.ToList()) await world.RemoveAsync(daemon);
            disk.Free();
            await world.Nodes[1].DisposeAsync();
        }
    }
}
