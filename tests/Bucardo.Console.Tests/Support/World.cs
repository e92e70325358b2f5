using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;

namespace Bucardo.Console.Tests.Support;

/// <summary>A control database, a few nodes with the tables <c>item</c>, <c>event</c>, <c>extra</c> and <c>bid</c>, and an active sync <c>s1</c>, of the first two unless told otherwise.</summary>
sealed class World : IAsyncDisposable
{
    const string Schema = """
        CREATE TABLE item (id int PRIMARY KEY, note text NOT NULL);
        CREATE TABLE event (id int PRIMARY KEY, note text NOT NULL);
        CREATE TABLE extra (id int PRIMARY KEY, note text NOT NULL);
        CREATE TABLE bid (id int PRIMARY KEY, note text NOT NULL);
        """;

    readonly TestDatabase _controlDatabase;
    readonly List<TestDatabase> _nodes;

    World(TestDatabase controlDatabase, ControlDatabase control, List<TestDatabase> nodes) => (_controlDatabase, Control, _nodes) = (controlDatabase, control, nodes);

    public ControlDatabase Control { get; }

    public ConnectionSettings Settings => _controlDatabase.Settings;

    public IReadOnlyList<TestDatabase> Nodes => _nodes;

    /// <summary>Makes it; 's' is a source, 't' a target. Nodes n1, n3, ... are on the first server, n2, n4, ... on the second.</summary>
    public static async Task<World> CreateAsync(string roles, bool autoKick = true, TestServer? control = null, TestServer? first = null, TestServer? second = null, string[]? tables = null)
    {
        var controlDatabase = await PostgresServers.CreateAsync("control", control);
        var nodes = new List<TestDatabase>();
        await ControlDatabase.InstallAsync(controlDatabase.Settings, createDatabase: false, default);
        var world = new World(controlDatabase, await ControlDatabase.OpenAsync(controlDatabase.Settings, default), nodes);
        for (var i = 0; i < roles.Length; i++)
        {
            var node = await PostgresServers.CreateAsync("node", i % 2 == 0 ? first ?? PostgresServers.First : second ?? PostgresServers.Second);
            nodes.Add(node);
            await node.ExecuteAsync(Schema);
            await world.Control.Databases.AddAsync(new NewDatabase { Name = $"n{i + 1}", Connection = node.Settings }, default);
        }
        var sources = Enumerable.Range(1, roles.Length).Where(i => roles[i - 1] == 's').Select(i => $"n{i}").ToList();
        var targets = Enumerable.Range(1, roles.Length).Where(i => roles[i - 1] == 't').Select(i => $"n{i}").ToList();
        await world.AddSyncAsync(new NewSync { Name = "s1", Tables = tables ?? ["item", "event"], Sources = sources, Targets = targets, AutoKick = autoKick });
        return world;
    }

    public async Task AddSyncAsync(NewSync sync)
    {
        await Control.Syncs.AddAsync(sync, default);
        await SyncOperations.ActivateAsync(Control, sync.Name, default);
    }

    public Task ExecuteAsync(int node, string sql) => _nodes[node].ExecuteAsync(sql);

    public Task<BucardoProcess> ServeAsync(params string[] words) => BucardoProcess.ServeAsync(Settings, words);

    public async Task<KickResult> KickAsync(string sync = "s1") => await SyncOperations.KickAsync(Control, sync, Poll.Usual, default);

    public async Task<string> RowsAsync(int node, string table) =>
        await _nodes[node].ScalarAsync<string>($"SELECT string_agg(t.id || '=' || t.note, ' ' ORDER BY t.id) FROM {table} t") ?? "";

    /// <summary>Waits until a table holds exactly these rows (<c>id=note id=note ...</c>) on all nodes, or on some.</summary>
    public async Task WaitForRowsAsync(string table, string expected, int[]? nodes = null, TimeSpan? limit = null)
    {
        var state = "";
        await Poll.UntilAsync(async () =>
        {
            var rows = await Task.WhenAll((nodes ?? [.. Enumerable.Range(0, _nodes.Count)]).Select(n => RowsAsync(n, table)));
            state = string.Join('\n', rows);
            return rows.All(r => r == expected);
        }, limit ?? Poll.Usual, () => $"table {table} should hold\n{expected}\nbut holds\n{state}");
    }

    public async Task<IReadOnlyList<SyncRun>> RunsAsync(RunOutcome? outcome = null, string sync = "s1") =>
        await Control.SyncRuns.ListAsync(new SyncRunFilter { Sync = sync, Outcome = outcome });

    /// <summary>The services that say that they run a sync.</summary>
    public async Task<IReadOnlyList<ServiceInfo>> ServersOfAsync(string sync) => [.. (await ServiceDirectory.ListAsync(Control, default)).Where(s => s.Syncs.Contains(sync))];

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync();
        foreach (var node in _nodes) await node.DisposeAsync();
        await _controlDatabase.DisposeAsync();
    }
}
