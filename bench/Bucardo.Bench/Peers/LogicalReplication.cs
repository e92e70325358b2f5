using Bucardo.Bench.Stages;
using Npgsql;

namespace Bucardo.Bench.Peers;

/// <summary>PostgreSQL's own logical replication, from the first node to each other one.</summary>
sealed class LogicalReplication : NoPeer
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    readonly List<(BenchNode Target, string Name)> _subscriptions = [];
    Stage? _stage;
    List<int> _processes = [];

    public override IReadOnlyDictionary<string, string> ServerSettings { get; } = new Dictionary<string, string> { ["wal_level"] = "logical" };

    /// <summary>The walsenders and the workers that apply: backends, but doing nothing else.</summary>
    public override IReadOnlyList<int> Processes => _processes;

    public override Task SetUpAsync(Stage stage, CancellationToken cancellation)
    {
        _stage = stage;
        return Task.CompletedTask;
    }

    public override async Task AddSyncAsync(BenchSync sync, CancellationToken cancellation)
    {
        var source = sync.Nodes[0];
        await source.ExecuteAsync($"CREATE PUBLICATION pub_{sync.Name} FOR TABLE {string.Join(", ", sync.Tables)}", cancellation);
        foreach (var target in sync.Nodes.Skip(1))
        {
            // One name for all nodes would be one slot for all of them.
            var name = $"sub_{sync.Name}_{target.Name}";
            await target.ExecuteAsync($"CREATE SUBSCRIPTION {name} CONNECTION '{source.ConnectionWords}' PUBLICATION pub_{sync.Name} WITH (copy_data = false, enabled = false)", cancellation);
            _subscriptions.Add((target, name));
        }
    }

    public override async Task StartAsync(CancellationToken cancellation)
    {
        foreach (var (target, name) in _subscriptions) await target.ExecuteAsync($"ALTER SUBSCRIPTION {name} ENABLE", cancellation);
        await Wait.UntilAsync("The start of logical replication", async () =>
        {
            await ReadProcessesAsync(cancellation);
            return _processes.Count >= 2 * _subscriptions.Count;
        }, s_limit, TimeSpan.FromMilliseconds(100), cancellation);
    }

    public override async Task StopAsync(CancellationToken cancellation)
    {
        _processes = [];
        foreach (var (target, name) in _subscriptions) await target.ExecuteAsync($"ALTER SUBSCRIPTION {name} DISABLE", cancellation);
    }

    // A subscription copies when it is made.
    public override async Task CopyAsync(BenchSync sync, CancellationToken cancellation)
    {
        foreach (var (target, name) in _subscriptions) await target.ExecuteAsync($"DROP SUBSCRIPTION {name}", cancellation);
        foreach (var (target, name) in _subscriptions) await target.ExecuteAsync($"CREATE SUBSCRIPTION {name} CONNECTION '{sync.Nodes[0].ConnectionWords}' PUBLICATION pub_{sync.Name}", cancellation);
        foreach (var (target, _) in _subscriptions)
        {
            await Wait.UntilAsync("The copy of logical replication", async () => await target.ScalarAsync<long>("SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'", cancellation) == 0,
                TimeSpan.FromMinutes(15), TimeSpan.FromMilliseconds(10), cancellation);
        }
    }

    async Task ReadProcessesAsync(CancellationToken cancellation)
    {
        var found = new List<int>();
        foreach (var node in _stage!.Nodes.DistinctBy(n => n.Cluster))
        {
            await using var connection = await node.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walsender' UNION SELECT pid FROM pg_stat_subscription WHERE pid IS NOT NULL", connection);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) found.Add(reader.GetInt32(0));
        }
        _processes = found;
    }
}
