namespace Bucardo.Bench.Stages;

/// <summary>The clusters and databases of one contender: fresh, with fsync, the same data on all nodes.</summary>
sealed class Stage : IAsyncDisposable
{
    static readonly Dictionary<string, string> s_settings = new()
    {
        ["shared_buffers"] = "256MB",
        ["max_wal_size"] = "4GB",
        ["checkpoint_timeout"] = "15min",
        ["max_worker_processes"] = "32",
        ["max_logical_replication_workers"] = "30",
        ["max_replication_slots"] = "30",
        ["max_wal_senders"] = "30",
        ["log_lock_waits"] = "off",
    };

    readonly List<PostgresCluster> _clusters = [];
    readonly List<BenchNode> _nodes = [];

    /// <summary>The nodes' clusters, then the one of the control database.</summary>
    public IReadOnlyList<PostgresCluster> Clusters => _clusters;

    public IReadOnlyList<BenchNode> Nodes => _nodes;

    /// <summary>The first source.</summary>
    public BenchNode Source => _nodes[0];

    /// <summary>The last node.</summary>
    public BenchNode Target => _nodes[^1];

    /// <summary>The cluster for a control database: apart from the nodes, so that what a node is asked can be told from what the control database is.</summary>
    public PostgresCluster Control => _clusters[^1];

    public static async Task<Stage> CreateAsync(StageOptions options, IReadOnlyDictionary<string, string> peerSettings, CancellationToken cancellation)
    {
        var stage = new Stage();
        try
        {
            var settings = new Dictionary<string, string>(s_settings);
            foreach (var (name, value) in options.ServerSettings.Concat(peerSettings)) settings[name] = value;
            for (var i = options.OneCluster ? 1 : options.Roles.Length; i >= 0; i--)
            {
                // Nobody else reaches a server that listens on this machine alone, for a minute: passwords would only be in the way of the peers.
                stage._clusters.Add(await PostgresCluster.StartAsync(new PostgresClusterOptions { Fsync = true, Trust = true, MaxConnections = 500, Settings = settings }, cancellation));
            }
            for (var i = 0; i < options.Roles.Length; i++)
                stage._nodes.Add(new BenchNode($"n{i + 1}", options.Roles[i] == 's' ? DatabaseRole.Source : DatabaseRole.Target, stage._clusters[options.OneCluster ? 0 : i]));
            await stage.FillAsync(options, cancellation);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    async Task FillAsync(StageOptions options, CancellationToken cancellation)
    {
        foreach (var node in _nodes)
        {
            var isCopy = options.OneCluster && node != Source;
            await node.Cluster.CreateDatabaseAsync(node.Name, isCopy ? Source.Name : null, cancellation);
            if (!isCopy) await options.Fill(node, cancellation);
        }
        foreach (var node in _nodes.DistinctBy(n => n.Cluster)) await node.ExecuteAsync("CHECKPOINT", cancellation);
    }

    /// <summary>Whether a table holds the same rows on all nodes.</summary>
    public async Task<bool> AreEqualAsync(IEnumerable<string> tables, CancellationToken cancellation)
    {
        foreach (var table in tables)
        {
            var prints = await Task.WhenAll(_nodes.Select(n => n.ScalarAsync<string>($"SELECT count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t", cancellation)));
            if (prints.Distinct().Count() > 1)
            {
                Console.WriteLine($"  {table} DIFFERS: {string.Join(", ", prints)}");
                return false;
            }
        }
        return true;
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_clusters.Select(c => c.DisposeAsync().AsTask()));
}
