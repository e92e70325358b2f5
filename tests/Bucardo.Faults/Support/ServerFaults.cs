using Npgsql;

namespace Bucardo.Faults.Support;

/// <summary>Servers and their backends that die, cannot write, or have no room.</summary>
sealed class ServerFaults(FaultWorld world, Random random, SmallDisk? disk)
{
    readonly HashSet<PostgresCluster> _readOnly = [];

    public async Task<string> TerminateAsync(int node)
    {
        try
        {
            var killed = await world.Nodes[node].QueryAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bucardo %' AND application_name <> 'bucardo tests' AND datname = current_database()");
            return $"{killed.Count} backends of n{node + 1} terminated";
        }
        catch (NpgsqlException)
        {
            return $"no backends of n{node + 1} to terminate";
        }
    }

    public async Task<string> CrashAsync(int node)
    {
        await world.ClusterOf(node).RestartAsync(StopMode.Immediate);
        return $"the server of n{node + 1} crashed and came back";
    }

    public async Task<string> StopAsync(int node)
    {
        await world.ClusterOf(node).StopAsync(StopMode.Immediate);
        return $"the server of n{node + 1} crashed";
    }

    public async Task<string> StopControlAsync(int node)
    {
        if (random.Next(2) == 0) await world.Clusters.Control.StopAsync(StopMode.Immediate);
        else await world.Clusters.Control.RestartAsync(StopMode.Immediate);
        return "the server of the control database crashed";
    }

    /// <summary>Everything in recovery is read-only: the server is restarted as a standby is.</summary>
    public async Task<string> MakeReadOnlyAsync(int node)
    {
        var cluster = world.ClusterOf(node);
        await cluster.StopAsync();
        await File.WriteAllTextAsync(SignalOf(cluster), "");
        _readOnly.Add(cluster);
        await cluster.StartAgainAsync();
        return $"the server of n{node + 1} is read-only";
    }

    public Task<string> FillDiskAsync(int node)
    {
        disk?.Fill();
        return Task.FromResult(disk is null ? "no small disk" : "the disk of n2 is full");
    }

    public async Task HealAsync()
    {
        disk?.Free();
        foreach (var cluster in _readOnly)
        {
            await cluster.StopAsync();
            File.Delete(SignalOf(cluster));
        }
        _readOnly.Clear();
    }

    /// <summary>Whether all that a node's server has is in its own folder, and it writes.</summary>
    public bool HasAllInItsFolder(int node) => !_readOnly.Contains(world.ClusterOf(node)) && (disk is null || world.ClusterOf(node) != world.Clusters.Second);

    static string SignalOf(PostgresCluster cluster) => Path.Combine(cluster.Folder, "data", "standby.signal");
}
