using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Npgsql;

namespace Bucardo.Faults.Support;

/// <summary>
/// Nodes, a control database and daemons as processes of their own that reach all of them through proxies only; applications (the tests' writers) write directly.
/// </summary>
sealed class FaultWorld : IAsyncDisposable
{
    /// <summary>Rows of which each writer has its own (item, part), and rows that all fight for (hot).</summary>
    const string Schema = """
        CREATE TABLE item (id int PRIMARY KEY, code int UNIQUE, note text NOT NULL);
        CREATE TABLE part (item int, no int, note text NOT NULL, PRIMARY KEY (item, no));
        CREATE TABLE hot (id int PRIMARY KEY, code int UNIQUE, note text NOT NULL);
        """;

    static readonly TimeSpan s_settling = TimeSpan.FromSeconds(180);

    readonly Clusters _clusters;
    readonly TestDatabase _controlDatabase;
    readonly List<TestDatabase> _nodes = [];
    readonly List<FaultProxy> _proxies = [];
    readonly List<FaultDaemon> _daemons = [];

    FaultWorld(Clusters clusters, TestDatabase controlDatabase, ControlDatabase control) => (_clusters, _controlDatabase, Control) = (clusters, controlDatabase, control);

    public ControlDatabase Control { get; }

    public Clusters Clusters => _clusters;

    public IReadOnlyList<TestDatabase> Nodes => _nodes;

    /// <summary>The way of the daemons to each node.</summary>
    public IReadOnlyList<FaultProxy> Proxies => _proxies;

    public IReadOnlyList<FaultDaemon> Daemons => _daemons;

    public IReadOnlyList<string> Tables { get; private init; } = ["item", "part", "hot"];

    public string Roles { get; private init; } = "";

    public bool IsSource(int node) => Roles[node] == 's';

    public PostgresCluster ClusterOf(int node) => node % 2 == 0 ? _clusters.First : _clusters.Second;

    /// <summary>Makes it, with an active sync <c>s1</c>: 's' is a source, 't' a target.</summary>
    /// <param name="clusters">Where the databases are.</param>
    /// <param name="roles">One letter per node.</param>
    /// <param name="schema">What the nodes hold.</param>
    /// <param name="tables">The tables that are replicated.</param>
    /// <param name="strategy">The conflict strategy.</param>
    /// <param name="role">The role that replicates, if it is to be one that may not act as a replica.</param>
    /// <param name="maximumChanges">Change rows of one node that a step reads at most.</param>
    public static async Task<FaultWorld> CreateAsync(Clusters clusters, string roles, string schema = Schema, string[]? tables = null, string? strategy = null, string? role = null, int maximumChanges = 500_000)
    {
        var controlDatabase = await PostgresServers.CreateAsync("control", clusters.Control);
        await ControlDatabase.InstallAsync(controlDatabase.Settings, createDatabase: false, default);
        var world = new FaultWorld(clusters, controlDatabase, await ControlDatabase.OpenAsync(controlDatabase.Settings, default)) { Roles = roles, Tables = tables ?? ["item", "part", "hot"] };
        for (var i = 0; i < roles.Length; i++)
        {
            var node = await PostgresServers.CreateAsync("node", world.ClusterOf(i));
            world._nodes.Add(node);
            await node.ExecuteAsync(schema);
            if (role is not null) await GrantAsync(node, role);
            var proxy = new FaultProxy(node.Server.HostName, node.Server.Port);
            world._proxies.Add(proxy);
            await world.Control.Databases.AddAsync(new NewDatabase { Name = $"n{i + 1}", Connection = (role is null ? node.Settings : node.For(role, "secret")) with { HostName = "127.0.0.1", Port = proxy.Port } }, default);
        }
        string[] Names(char role) => [.. Enumerable.Range(0, roles.Length).Where(i => roles[i] == role).Select(i => $"n{i + 1}")];
        await world.Control.Syncs.AddAsync(new NewSync { Name = "s1", Tables = world.Tables, Sources = Names('s'), Targets = Names('t'), ConflictStrategy = strategy, MaximumChanges = maximumChanges }, default);
        await SyncOperations.ActivateAsync(world.Control, "s1", default);
        return world;
    }

    // What a role needs that neither owns the tables nor may act as a replica.
    static Task GrantAsync(TestDatabase node, string role) => node.ExecuteAsync($"""
        DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT CREATE, TEMPORARY ON DATABASE "{node.Name}" TO {role};
        GRANT USAGE ON SCHEMA public TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER, TRUNCATE ON ALL TABLES IN SCHEMA public TO {role};
        """);

    /// <summary>Starts a daemon and waits until it serves.</summary>
    /// <param name="fault">A fault of its own, as in <c>BUCARDO_FAULT</c>.</param>
    public async Task<FaultDaemon> ServeAsync(string? fault = null)
    {
        var daemon = Start(fault);
        await daemon.WaitForLineAsync("The service has started");
        return daemon;
    }

    /// <summary>Starts a daemon.</summary>
    public FaultDaemon Start(string? fault)
    {
        var proxy = new FaultProxy(_clusters.Control.HostName, _clusters.Control.Port);
        var daemon = new FaultDaemon(BucardoProcess.StartDaemon(_controlDatabase.Settings with { HostName = "127.0.0.1", Port = proxy.Port }, fault), proxy);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Forgets a daemon that has been killed.</summary>
    public async Task RemoveAsync(FaultDaemon daemon)
    {
        _daemons.Remove(daemon);
        await daemon.DisposeAsync();
    }

    public Task ExecuteAsync(int node, string sql) => _nodes[node].ExecuteAsync(sql);

    /// <summary>Waits until a query gives a value on some nodes, or on all.</summary>
    public async Task WaitForAsync<T>(string query, T expected, int[]? nodes = null, TimeSpan? limit = null)
    {
        var found = "";
        await Poll.UntilAsync(async () =>
        {
            var values = await Task.WhenAll((nodes ?? [.. Enumerable.Range(0, _nodes.Count)]).Select(n => _nodes[n].ScalarAsync<T>(query)));
            found = string.Join(", ", values);
            return values.All(v => Equals(v, expected));
        }, limit ?? Poll.Usual, () => $"{query} should give {expected} but gives {found}\n{Log()}");
    }

    /// <summary>Ends all faults of the network and starts the servers that are stopped.</summary>
    public async Task HealAsync()
    {
        foreach (var proxy in _proxies.Concat(_daemons.Select(d => d.Control)))
        {
            proxy.Delay = TimeSpan.Zero;
            proxy.Switch(ProxyMode.Pass);
        }
        foreach (var cluster in new[] { _clusters.First, _clusters.Second, _clusters.Control }) await cluster.StartAgainAsync();
    }

    /// <summary>Kicks until all nodes, or some, are equal row by row, and then asks the writers whether anything is missing.</summary>
    public async Task SettleAsync(IEnumerable<Writer>? writers = null, int[]? nodes = null)
    {
        var differences = "";
        await Poll.UntilAsync(async () =>
        {
            await KickAsync();
            return (differences = await CompareAsync(nodes ?? [.. Enumerable.Range(0, _nodes.Count)])).Length == 0;
        }, s_settling, () => $"the nodes should be equal:\n{differences}\n{Log()}");
        foreach (var writer in writers ?? []) await writer.CheckAsync(this);
    }

    /// <summary>What the daemons have said, the end of it.</summary>
    public string Log() => string.Join("\n", _daemons.SelectMany(d => d.Output.Split('\n').TakeLast(40).Prepend($"--- daemon {d.Id}")));

    public async ValueTask DisposeAsync()
    {
        await HealAsync();
        foreach (var daemon in _daemons) await daemon.DisposeAsync();
        foreach (var proxy in _proxies) await proxy.DisposeAsync();
        await Control.DisposeAsync();
        foreach (var node in _nodes) await node.DisposeAsync();
        await _controlDatabase.DisposeAsync();
    }

    async Task KickAsync()
    {
        try
        {
            await SyncOperations.KickAsync(Control, "s1", TimeSpan.FromSeconds(5), default);
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException)
        {
            // The service is not back yet, or the pool has connections from before the fault.
            await Task.Delay(200);
        }
    }

    async Task<string> CompareAsync(int[] nodes)
    {
        var differences = new List<string>();
        foreach (var table in Tables)
        {
            var rows = await Task.WhenAll(nodes.Select(async n => (await _nodes[n].QueryAsync($"SELECT t::text FROM {table} t")).Select(r => (string)r[0]!).ToHashSet()));
            for (var i = 1; i < rows.Length; i++)
            {
                if (rows[i].SetEquals(rows[0])) continue;
                differences.Add($"{table}: only on n{nodes[0] + 1}: {string.Join(' ', rows[0].Except(rows[i]).Take(5))}; only on n{nodes[i] + 1}: {string.Join(' ', rows[i].Except(rows[0]).Take(5))}");
            }
        }
        return string.Join('\n', differences);
    }
}
