namespace Bucardo.Faults.Support;

/// <summary>A standby takes a server's place and lacks what the server acknowledged last. Some of that has reached the others by then, and some has not.</summary>
sealed class Promotion(FaultWorld world, Random random, IReadOnlyList<Writer> writers)
{
    /// <summary>Promotes the standby of a node's server.</summary>
    public async Task<string> RunAsync(int node)
    {
        // With two nodes, what only the other one has got stays there (docs/operations.md).
        if (world.Nodes.Count < 3 || world.Roles.Count(r => r == 's') < 2) return "no standby: too few nodes";
        var cluster = world.ClusterOf(node);
        var concerned = writers.Where(w => world.ClusterOf(w.Node) == cluster).ToList();
        var daemons = world.Daemons.Count;
        // A daemon that has served for half a minute tells the others what may be purged, and a standby that lacks that is refused, rightly: no daemon gets so old here.
        await KillDaemonsAsync();
        foreach (var writer in concerned) await writer.DoubtAsync();
        await cluster.StartAgainAsync();
        await cluster.StopAsync();
        await cluster.SaveFilesAsync();
        await cluster.StartAgainAsync();
        world.Start(null);
        await Task.Delay(random.Next(500, 6000));
        await KillDaemonsAsync();
        await Writers.LoseAsync(concerned, async () =>
        {
            await cluster.StopAsync(StopMode.Immediate);
            await cluster.LoadFilesAsync();
            await cluster.StartPromotedAsync();
        });
        for (var i = 0; i < Math.Max(daemons, 1); i++) world.Start(null);
        return $"a standby took the place of the server of n{node + 1}";
    }

    async Task KillDaemonsAsync()
    {
        foreach (var daemon in world.Daemons.ToList())
        {
            daemon.Process.Kill();
            await world.RemoveAsync(daemon);
        }
    }
}
