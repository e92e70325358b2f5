namespace Bucardo.Faults.Support;

/// <summary>Makes something fail, at random, and in the end makes all of it good again.</summary>
sealed class RandomFaults
{
    readonly FaultWorld _world;
    readonly Random _random;
    readonly DatabaseFaults _databases;
    readonly ServerFaults _servers;
    readonly Promotion _promotion;
    readonly Restoration _restoration;
    readonly Func<int, Task<string>>[] _faults;

    /// <summary>Creates it.</summary>
    /// <param name="world">What fails.</param>
    /// <param name="random">Decides.</param>
    /// <param name="disk">The small disk of the second node, if it has one.</param>
    /// <param name="writers">Who writes.</param>
    public RandomFaults(FaultWorld world, Random random, SmallDisk? disk, IReadOnlyList<Writer> writers)
    {
        (_world, _random, _databases, _servers) = (world, random, new DatabaseFaults(world, random), new ServerFaults(world, random, disk));
        (_promotion, _restoration) = (new Promotion(world, random, writers), new Restoration(world, random, writers));
        _faults =
        [
            NetworkAsync, NetworkAsync, BlackHoleAsync, HalfOpenAsync, SlowAsync, ControlNetworkAsync, DaemonAsync, DaemonAsync,
            _servers.TerminateAsync, _servers.CrashAsync, _servers.StopAsync, _servers.StopControlAsync, _servers.MakeReadOnlyAsync, _servers.FillDiskAsync,
            PromoteAsync, RestoreAsync,
            _databases.LockTableAsync, _databases.LockRowsAsync, OpenAsync, _databases.ChangeColumnsAsync, _databases.WriteBackwardsAsync,
        ];
    }

    /// <summary>The next fault; returns what it was.</summary>
    public Task<string> NextAsync()
    {
        var fault = _faults[_random.Next(_faults.Length)];
        return fault(_random.Next(_world.Nodes.Count));
    }

    /// <summary>Ends all faults; daemons that were killed are replaced.</summary>
    public async Task HealAsync()
    {
        await _servers.HealAsync();
        await _world.HealAsync();
        foreach (var daemon in _world.Daemons) daemon.Process.Resume();
        await _databases.HealAsync();
        if (_world.Daemons.Count == 0) await _world.ServeAsync();
        await _restoration.BringBackAsync();
    }

    /// <summary>Lets the servers write again, whatever has happened.</summary>
    public Task HealServersAsync() => _servers.HealAsync();

    /// <summary>Fails if a transaction is missing that was open for long.</summary>
    public Task CheckAsync() => _databases.CheckAsync();

    Task<string> PromoteAsync(int node) => HasFiles(node) ? _promotion.RunAsync(node) : Task.FromResult($"no standby of the server of n{node + 1}");

    Task<string> RestoreAsync(int node) => HasFiles(1) ? _restoration.RunAsync() : Task.FromResult("no backup of the server of n2");

    Task<string> OpenAsync(int node) => _restoration.Concerns(node) ? Task.FromResult($"n{node + 1} has been restored: nobody writes there") : _databases.LeaveOpenAsync(node);

    bool HasFiles(int node) => _servers.HasAllInItsFolder(node) && !_restoration.Concerns(node);

    Task<string> NetworkAsync(int node)
    {
        foreach (var proxy in _world.Proxies) proxy.Switch((ProxyMode)_random.Next(4));
        return Task.FromResult("the network: " + string.Join(' ', _world.Proxies.Select(p => p.Mode)));
    }

    Task<string> BlackHoleAsync(int node)
    {
        _world.Proxies[node].Switch(ProxyMode.BlackHole);
        return Task.FromResult($"n{node + 1} in a black hole");
    }

    Task<string> HalfOpenAsync(int node)
    {
        _world.Proxies[node].SilenceConnections();
        return Task.FromResult($"n{node + 1} half-open");
    }

    Task<string> SlowAsync(int node)
    {
        _world.Proxies[node].Delay = TimeSpan.FromMilliseconds(_random.Next(5, 40));
        return Task.FromResult($"n{node + 1} slow");
    }

    Task<string> ControlNetworkAsync(int node)
    {
        if (_world.Daemons.Count == 0) return Task.FromResult("no daemon");
        var daemon = _world.Daemons[_random.Next(_world.Daemons.Count)];
        daemon.Control.Switch((ProxyMode)_random.Next(1, 4));
        return Task.FromResult($"daemon {daemon.Id} and the control database: {daemon.Control.Mode}");
    }

    async Task<string> DaemonAsync(int node)
    {
        if (_world.Daemons.Count == 0 || (_world.Daemons.Count == 1 && _random.Next(4) == 0))
        {
            // It serves as soon as it can.
            _world.Start(null);
            return "another daemon started";
        }
        var daemon = _world.Daemons[_random.Next(_world.Daemons.Count)];
        if (_random.Next(3) == 0)
        {
            daemon.Process.Pause();
            return $"daemon {daemon.Id} frozen";
        }
        var id = daemon.Id;
        daemon.Process.Kill();
        await _world.RemoveAsync(daemon);
        return $"daemon {id} killed";
    }
}
