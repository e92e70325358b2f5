using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Security;

/// <summary>Names of roles, databases, key columns and syncs that would be SQL if anybody let them. Tables, columns and schemas: <see cref="Types.NamesTests"/>.</summary>
public sealed class HostileNamesTests
{
    const string Hostile = """a"b'c\d;--$$$bucardo$%s%I{change} x""";

    static readonly string[] s_keys =
    [
        "at", "seq", "xid", "origin", "origin_xid", "version", "bucardo_old", "u", "c", "id", "user", "\\", "\\'", "'||pg_sleep||'", "\");DROP TABLE victim;--", "%I", "E'", "'", new string('é', 31),
    ];

    [Fact]
    public async Task A_key_column_may_be_named_anything()
    {
        // A partitioned table and an ordinary one for each name: their captures differ.
        var names = s_keys.Select((n, i) => (Name: n, Key: Quote.Identifier(n), Odd: $"odd{i}", Even: $"even{i}")).ToList();
        var schema = "CREATE TABLE victim (id int PRIMARY KEY);" + string.Concat(names.Select(n =>
            $"CREATE TABLE {n.Odd} ({n.Key} text PRIMARY KEY, v text) PARTITION BY LIST ({n.Key}); CREATE TABLE {n.Odd}_1 PARTITION OF {n.Odd} DEFAULT; CREATE TABLE {n.Even} ({n.Key} text PRIMARY KEY, v text);"));
        await using var nodes = await Nodes.CreateAsync("sst", schema, [.. names.SelectMany(n => new[] { $"{n.Odd}({n.Name})", $"{n.Even}({n.Name})" })]);
        await EachAsync(0, n => $"INSERT INTO {n.Odd} VALUES ('a', 'x'), ('b', 'x'), ('c', 'x'); INSERT INTO {n.Even} VALUES ('a', 'x'), ('b', 'x'), ('c', 'x')");
        await EachAsync(1, n => $"INSERT INTO {n.Odd} VALUES ('a', 'y'); INSERT INTO {n.Even} VALUES ('a', 'y')");
        await nodes.SettleAsync();
        // What the session says about quotes inside of strings is not to matter to the functions.
        await EachAsync(0, n => $"UPDATE {n.Even} SET {n.Key} = 'd' WHERE {n.Key} = 'b'; DELETE FROM {n.Even} WHERE {n.Key} = 'c'; TRUNCATE {n.Odd}_1");
        await nodes.SettleAsync();
        foreach (var name in names)
        {
            Assert.Equal(["(a,y)", "(d,x)"], await nodes.AssertEqualAsync(name.Even));
            Assert.Empty(await nodes.AssertEqualAsync(name.Odd));
        }
        Assert.Empty(await nodes.AssertEqualAsync("victim"));

        Task EachAsync(int node, Func<(string Name, string Key, string Odd, string Even), string> sql) =>
            nodes.ExecuteAsync(node, "SET standard_conforming_strings = off;" + string.Join(";", names.Select(sql)));
    }

    [Fact]
    public async Task A_column_with_one_of_our_own_names_is_refused_by_name()
    {
        var error = await Assert.ThrowsAsync<BucardoException>(async () =>
        {
            await using var nodes = await Nodes.CreateAsync("ss", """CREATE TABLE t (id int PRIMARY KEY, "bucardo$present" boolean)""", ["t(id)"]);
            await nodes.RoundAsync();
        });
        Assert.Contains("bucardo$present", error.Message);
        Assert.Contains("reserved", error.Message);
    }

    [Fact]
    public async Task A_database_and_a_role_may_be_named_anything()
    {
        var name = Hostile + Guid.NewGuid().ToString("N")[..8];
        await PostgresServers.First.CreateDatabaseAsync(name);
        await PostgresServers.First.ExecuteAsync(name, $"CREATE ROLE {Quote.Identifier(name)} LOGIN PASSWORD 'secret'; GRANT CREATE, TEMPORARY ON DATABASE {Quote.Identifier(name)} TO {Quote.Identifier(name)}; "
            + "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE parts_1 PARTITION OF parts DEFAULT; "
            + $"GRANT ALL ON parts, parts_1 TO {Quote.Identifier(name)}; GRANT ALL ON SCHEMA public TO {Quote.Identifier(name)}; ALTER TABLE parts OWNER TO {Quote.Identifier(name)}");
        try
        {
            await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE parts_1 PARTITION OF parts DEFAULT", ["parts(id)"]);
            var member = nodes.Definition.Members[0] with { Connection = PostgresServers.First.For(name, name, "secret") };
            var definition = nodes.Definition with { Members = [member, nodes.Definition.Members[1]] };
            await using var session = new SyncSession(definition, new SyncSessionOptions());
            await PostgresServers.First.ExecuteAsync(name, "INSERT INTO parts VALUES (0)");
            await session.RunAsync(tryAll: true, null, default);
            await PostgresServers.First.ExecuteAsync(name, "INSERT INTO parts VALUES (1)");
            Assert.Equal(1, (await session.RunAsync(tryAll: true, null, default)).Inserts);
        }
        finally
        {
            await PostgresServers.First.DropDatabaseAsync(name);
            await PostgresServers.First.ExecuteAsync("postgres", $"DROP ROLE {Quote.Identifier(name)}");
        }
    }

    [Theory]
    [InlineData("a'); DROP TABLE t; --")]
    [InlineData("$bucardo$ \\' %s {id}")]
    [InlineData("\n\"*/")]
    public async Task A_sync_that_got_a_hostile_name_past_the_control_database_kicks_by_that_name(string name)
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE t (id int PRIMARY KEY)", ["t(id)"]);
        await nodes.EnsureAsync(0, definition: nodes.Definition with { Sync = nodes.Definition.Sync with { Id = 2, Name = name } });
        await using var listener = await nodes[0].OpenAsync();
        var heard = new List<string>();
        listener.Notification += (_, e) => heard.Add(e.Payload);
        await listener.ExecuteAsync($"LISTEN bucardo; SELECT pg_advisory_lock_shared({CaptureSql.ListenLock})", default);
        await nodes.ExecuteAsync(0, "SET standard_conforming_strings = off; INSERT INTO t VALUES (1)");
        while (heard.Count < 2) Assert.True(await listener.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(new[] { "kick_sync_" + name, "kick_sync_sync1" }.Order(), heard.Order());
        Assert.Equal(1, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1"));
    }
}
