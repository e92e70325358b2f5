using System.Text.RegularExpressions;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;

namespace Bucardo.Engine.Tests.Security;

/// <summary>The statements of docs/security.md, run as they stand there, are all that a role needs that owns nothing and is no superuser.</summary>
public sealed partial class DocumentedGrantsTests : IAsyncLifetime
{
    const string Schema = """
        CREATE TABLE item (id int PRIMARY KEY, sku text UNIQUE, v text);
        CREATE TABLE orders (id int PRIMARY KEY, item int REFERENCES item, v text);
        CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
        CREATE SEQUENCE number;
        """;

    readonly Sessions _sessions = new();
    readonly List<TestDatabase> _nodes = [];
    TestDatabase _control = null!;
    string _role = null!;
    string _owner = null!;

    public async Task InitializeAsync()
    {
        _control = await PostgresServers.CreateAsync("control");
        for (var i = 0; i < 3; i++) _nodes.Add(await PostgresServers.CreateAsync("node", i == 1 ? PostgresServers.Second : PostgresServers.First));
        _role = await _sessions.CreateRoleAsync("bucardo", [_control, .. _nodes]);
        _owner = await _sessions.CreateRoleAsync("owner", [.. _nodes]);
        foreach (var node in _nodes)
        {
            await node.ExecuteAsync($"REVOKE ALL ON DATABASE \"{node.Name}\" FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT CONNECT ON DATABASE \"{node.Name}\" TO {_owner}; GRANT ALL ON SCHEMA public TO {_owner}");
            await Sessions.RunAsync(node, _owner, Schema);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var database in _nodes.Append(_control)) await database.DisposeAsync();
        await _sessions.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_suffice_for_everything(bool asReplica)
    {
        await _control.ExecuteAsync(Block("control", _control));
        for (var i = 0; i < 3; i++) await _nodes[i].ExecuteAsync(Block(i < 2 ? "source" : "target", _nodes[i]) + (asReplica ? Block("replica", _nodes[i]) : ""));

        await ControlDatabase.InstallAsync(_control.For(_role, Sessions.Password), createDatabase: false, default);
        await using var control = await ControlDatabase.OpenAsync(_control.For(_role, Sessions.Password), default);
        for (var i = 0; i < 3; i++) await control.Databases.AddAsync(new NewDatabase { Name = $"n{i}", Connection = _nodes[i].For(_role, Sessions.Password) }, default);
        var test = await control.Databases.TestAsync("n0", default);
        Assert.True(test.Ready, test.ToString());
        Assert.Equal(asReplica ? "replica" : "origin", test.ApplyMode);
        await control.Syncs.AddAsync(new NewSync { Name = "s", Tables = ["item", "orders", "parts"], Sources = ["n0", "n1"], Targets = ["n2"] }, default);
        await control.Tables.AddAsync(new TableSelection { Database = "n0", Patterns = ["number"], Type = RelationType.Sequence, Herd = "s" }, default);
        Assert.Empty(await SyncOperations.ValidateAsync(control, "s", default));
        await SyncOperations.ActivateAsync(control, "s", default);

        await OwnerAsync(0, "INSERT INTO item SELECT i, 'sku' || i, 'x' FROM generate_series(1, 700) i; INSERT INTO orders VALUES (1, 1, 'x'), (2, 2, 'x'); INSERT INTO parts VALUES (1, 'x'), (2, 'x'); SELECT nextval('number') FROM generate_series(1, 9)");
        await RunAsync();
        foreach (var node in _nodes) Assert.Equal(9, await node.ScalarAsync<long>("SELECT last_value FROM number"));
        await OwnerAsync(0, "UPDATE item SET v = 'n0' WHERE id < 3; DELETE FROM orders WHERE id = 2; UPDATE orders SET id = 9 WHERE id = 1; DELETE FROM item WHERE id = 700");
        await OwnerAsync(1, "UPDATE item SET v = 'n1' WHERE id < 3; INSERT INTO parts VALUES (3, 'n1'); UPDATE parts SET id = 22 WHERE id = 2");
        await RunAsync();
        await OwnerAsync(1, "TRUNCATE parts_1; INSERT INTO parts VALUES (4, 'after')");
        // Not needed any more, until something new is to be installed.
        foreach (var node in _nodes) await node.ExecuteAsync($"REVOKE CREATE ON DATABASE \"{node.Name}\" FROM {_role}");
        await RunAsync();
        await OwnerAsync(0, "TRUNCATE orders, parts");
        await OwnerAsync(1, "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (2000)");
        foreach (var node in new[] { 0, 2 }) await OwnerAsync(node, "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (2000)");
        await OwnerAsync(1, "INSERT INTO parts VALUES (1500, 'new partition')");
        await RunAsync();
        if (asReplica)
        {
            await OwnerAsync(0, "INSERT INTO item VALUES (1001, 'both', 'n0')");
            await OwnerAsync(1, "INSERT INTO item VALUES (1002, 'both', 'n1')");
            await RunAsync();
        }
        // What everybody has seen is purged, once nothing older is under way on the server, where other tests run too.
        for (var i = 0; i < 100 && await CountAsync() > 0; i++)
        {
            await SyncOperations.RunOnceAsync(control, "s", null, default);
            await Task.Delay(100);
        }
        Assert.Equal(0, await CountAsync());

        Assert.Empty(await SyncOperations.RemoveAsync(control, "s", default));
        foreach (var node in _nodes)
        {
            Assert.False(await node.ScalarAsync<bool>("SELECT to_regnamespace('bucardo_node') IS NOT NULL"));
            Assert.Equal(0, await node.ScalarAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bucardo%'"));
        }

        Task<long> CountAsync() => _nodes[0].ScalarAsync<long>("SELECT (SELECT count(*) FROM bucardo_node.change_1) + (SELECT count(*) FROM bucardo_node.change_2) + (SELECT count(*) FROM bucardo_node.change_3)");

        async Task RunAsync()
        {
            for (var i = 0; i < 3; i++) Assert.Empty((await SyncOperations.RunOnceAsync(control, "s", null, default)).Problems);
            foreach (var table in new[] { "item", "orders", "parts" })
            {
                var rows = await Task.WhenAll(_nodes.Select(n => n.ScalarAsync<string>($"SELECT coalesce(string_agg(t::text, ' ' ORDER BY id), '') FROM {table} t")));
                Assert.Single(rows.Distinct());
            }
        }
    }

    Task OwnerAsync(int node, string sql) => Sessions.RunAsync(_nodes[node], _owner, sql);

    string Block(string name, TestDatabase database)
    {
        var block = Blocks().Match(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "security.md")));
        while (block.Success && block.Groups["name"].Value != name) block = block.NextMatch();
        Assert.True(block.Success, $"docs/security.md has no block 'sql {name}'.");
        return Words().Replace(block.Groups["sql"].Value, word => word.Value switch
        {
            "DATABASE bucardo" or "DATABASE shop" => $"DATABASE \"{database.Name}\"",
            "TO bucardo" => $"TO {_role}",
            _ => _owner,
        });
    }

    [GeneratedRegex("```sql (?<name>\\w+)\\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("DATABASE bucardo|DATABASE shop|TO bucardo|shop_owner")]
    private static partial Regex Words();
}
