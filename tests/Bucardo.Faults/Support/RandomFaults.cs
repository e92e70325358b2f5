using Npgsql;

namespace Bucardo.Faults.Support;

/// <summary>Makes something fail, at random, and in the end makes all of it good again.</summary>
sealed class RandomFaults(FaultWorld world, Random random)
{
    readonly List<NpgsqlConnection> _held = [];

    /// <summary>The next fault; returns what it was.</summary>
    public async Task<string> NextAsync()
    {
        var node = random.Next(world.Nodes.Count);
        var daemon = world.Daemons.Count == 0 ? null : world.Daemons[random.Next(world.Daemons.Count)];
        switch (random.Next(13))
        {
            case 0 or 1:
                foreach (var proxy in world.Proxies) proxy.Switch((ProxyMode)random.Next(4));
                return "the network: " + string.Join(' ', world.Proxies.Select(p => p.Mode));
            case 2:
                world.Proxies[node].Switch(ProxyMode.BlackHole);
                return $"n{node + 1} in a black hole";
            case 3:
                world.Proxies[node].SilenceConnections();
                return $"n{node + 1} half-open";
            case 4:
                world.Proxies[node].Delay = TimeSpan.FromMilliseconds(random.Next(5, 40));
                return $"n{node + 1} slow";
            case 5:
                return $"{await TerminateAsync(node)} backends of n{node + 1} terminated";
            case 6:
                await world.ClusterOf(node).RestartAsync(StopMode.Immediate);
                return $"the server of n{node + 1} crashed and came back";
            case 7:
                await world.ClusterOf(node).StopAsync(StopMode.Immediate);
                return $"the server of n{node + 1} crashed";
            case 8:
                if (random.Next(2) == 0) await world.Clusters.Control.StopAsync(StopMode.Immediate);
                else await world.Clusters.Control.RestartAsync(StopMode.Immediate);
                return "the server of the control database crashed";
            case 9:
                daemon?.Control.Switch((ProxyMode)random.Next(1, 4));
                return $"daemon {daemon?.Id} and the control database: {daemon?.Control.Mode}";
            case 10:
                return await LockAsync(node, "BEGIN; LOCK TABLE hot IN ACCESS EXCLUSIVE MODE");
            case 11:
                return await LockAsync(node, "BEGIN; UPDATE hot SET note = note; SELECT pg_current_xact_id()");
            default:
                if (daemon is null) return "nothing";
                var id = daemon.Id;
                daemon.Process.Kill();
                await world.RemoveAsync(daemon);
                return $"daemon {id} killed";
        }
    }

    /// <summary>Ends all faults; daemons that were killed are replaced.</summary>
    public async Task HealAsync()
    {
        foreach (var connection in _held) await connection.DisposeAsync();
        _held.Clear();
        await world.HealAsync();
        if (world.Daemons.Count == 0) await world.ServeAsync();
    }

    async Task<int> TerminateAsync(int node)
    {
        try
        {
            return (await world.Nodes[node].QueryAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bucardo %' AND application_name <> 'bucardo tests' AND datname = current_database()")).Count;
        }
        catch (NpgsqlException)
        {
            return 0; // the server is down
        }
    }

    async Task<string> LockAsync(int node, string sql)
    {
        try
        {
            var connection = await world.Nodes[node].OpenAsync();
            _held.Add(connection);
            await using var command = new NpgsqlCommand($"SET lock_timeout = '3s'; {sql}", connection);
            await command.ExecuteNonQueryAsync();
            return $"on n{node + 1}: {sql}";
        }
        catch (NpgsqlException e)
        {
            return $"on n{node + 1}: no lock ({e.Message})";
        }
    }
}
