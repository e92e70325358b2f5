using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;

namespace Bucardo.Engine.Tests.Support;

/// <summary>A control database and nodes A, B, ... with an active sync <c>s</c> of the table <c>plain</c>.</summary>
sealed class Site : IAsyncDisposable
{
    readonly List<TestDatabase> _nodes = [];

    Site(TestDatabase controlTest, ControlDatabase control) => (ControlTest, Control) = (controlTest, control);

    public TestDatabase ControlTest { get; }

    public ControlDatabase Control { get; }

    public TestDatabase this[int node] => _nodes[node];

    /// <summary>Makes it; 's' is a source, 't' a target.</summary>
    public static async Task<Site> CreateAsync(string roles, string schema = "CREATE TABLE plain (id int PRIMARY KEY, name text, n int DEFAULT 0)", string strategy = "bucardo_latest",
        Func<int, TestServer?>? serverOf = null)
    {
        var controlTest = await PostgresServers.CreateAsync("control");
        await ControlDatabase.InstallAsync(controlTest.Settings, createDatabase: false, default);
        var site = new Site(controlTest, await ControlDatabase.OpenAsync(controlTest.Settings, default));
        foreach (var (_, i) in roles.Select((r, i) => (r, i)))
        {
            var node = await PostgresServers.CreateAsync("node", serverOf?.Invoke(i) ?? (i % 2 == 0 ? PostgresServers.First : PostgresServers.Second));
            site._nodes.Add(node);
            await node.ExecuteAsync(schema);
            await site.Control.Databases.AddAsync(new NewDatabase { Name = $"{(char)('A' + i)}", Connection = node.Settings }, default);
        }
        string[] Of(char role) => [.. roles.Select((r, i) => (r, i)).Where(p => p.r == role).Select(p => $"{(char)('A' + p.i)}")];
        await site.Control.Syncs.AddAsync(new NewSync { Name = "s", Tables = ["plain"], Sources = Of('s'), Targets = Of('t'), ConflictStrategy = strategy }, default);
        await SyncOperations.ActivateAsync(site.Control, "s", default);
        return site;
    }

    public Task ExecuteAsync(int node, string sql) => _nodes[node].ExecuteAsync(sql);

    public Task<SyncRun> RunAsync() => SyncOperations.RunOnceAsync(Control, "s", null, default);

    /// <summary>The rows of the table on a node, as text in the order of their text.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(int node) =>
        [.. (await _nodes[node].QueryAsync("SELECT t::text COLLATE \"C\" AS r FROM plain t ORDER BY r")).Select(r => (string)r[0]!)];

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync();
        foreach (var node in _nodes) await node.DisposeAsync();
        await ControlTest.DisposeAsync();
    }
}
