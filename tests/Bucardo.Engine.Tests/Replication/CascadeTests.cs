using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>One sync's receiver is another sync's source: what is applied there travels on, and stops when it comes back to where it was written.</summary>
public sealed class CascadeTests : IAsyncLifetime
{
    readonly List<TestDatabase> _databases = [];

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 4; i++)
        {
            _databases.Add(await PostgresServers.CreateAsync("cascade", i % 2 == 0 ? PostgresServers.First : PostgresServers.Second));
            await _databases[i].ExecuteAsync("CREATE TABLE plain (id int PRIMARY KEY, name text)");
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var database in _databases) await database.DisposeAsync();
    }

    SyncDefinition Sync(int id, params (int Node, DatabaseRole Role)[] members) => new()
    {
        Sync = new Sync { Id = id, Name = $"sync{id}", Herd = "h", DatabaseGroup = $"g{id}", Status = SyncStatus.Active },
        Members = [.. members.Select(m => new Member { Id = m.Node + 1, Name = $"n{m.Node + 1}", Role = m.Role, Priority = 0, Status = DatabaseStatus.Active, Connection = _databases[m.Node].Settings })],
        Tables = [new Table { Id = 1, Database = "n1", Schema = "public", Name = "plain", KeyColumns = ["id"] }],
    };

    static async Task PrepareAsync(params SyncDefinition[] syncs)
    {
        foreach (var sync in syncs)
            foreach (var member in sync.Members)
            {
                await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "test", default);
                await new CaptureInstaller(connection, member).EnsureAsync(sync, default);
            }
    }

    static async Task<RoundResult> RoundAsync(SyncDefinition sync)
    {
        await using var session = new SyncSession(sync);
        return await session.RunAsync(tryAll: true, null, default);
    }

    Task<long> CountAsync(int node) => _databases[node].ScalarAsync<long>("SELECT count(*) FROM plain WHERE name = 'new'")!;

    [Fact]
    public async Task What_one_sync_brings_the_next_one_takes_on_and_is_kicked_for()
    {
        var (first, second) = (Sync(1, (0, DatabaseRole.Source), (1, DatabaseRole.Target)), Sync(2, (1, DatabaseRole.Source), (2, DatabaseRole.Target)));
        await PrepareAsync(first, second);
        var kicks = new List<string>();
        await using var listener = await _databases[1].OpenAsync();
        listener.Notification += (_, e) => kicks.Add(e.Payload);
        await using (var listen = new Npgsql.NpgsqlCommand("LISTEN bucardo", listener)) await listen.ExecuteNonQueryAsync();
        await _databases[0].ExecuteAsync("INSERT INTO plain SELECT i, 'new' FROM generate_series(1, 700) i");
        await RoundAsync(first);
        Assert.True(await listener.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(["kick_sync_sync2"], kicks);
        await RoundAsync(second);
        Assert.Equal(700, await CountAsync(2));
        await _databases[0].ExecuteAsync("DELETE FROM plain WHERE id > 5");
        await RoundAsync(first);
        await RoundAsync(second);
        Assert.Equal(5, await CountAsync(2));
    }

    [Fact]
    public async Task A_sync_that_is_added_below_a_running_one_misses_nothing()
    {
        var (first, second) = (Sync(1, (0, DatabaseRole.Source), (1, DatabaseRole.Target)), Sync(2, (1, DatabaseRole.Source), (2, DatabaseRole.Target)));
        await PrepareAsync(first);
        await using var session = new SyncSession(first);
        await session.RunAsync(tryAll: true, null, default);
        await PrepareAsync(second);
        await _databases[0].ExecuteAsync("INSERT INTO plain VALUES (1, 'new')");
        await session.RunAsync(tryAll: true, null, default);
        await RoundAsync(second);
        Assert.Equal(1, await CountAsync(2));
    }

    [Fact]
    public async Task Two_masters_joined_by_two_syncs_do_not_echo()
    {
        var (first, second) = (Sync(1, (0, DatabaseRole.Source), (1, DatabaseRole.Source)), Sync(2, (1, DatabaseRole.Source), (2, DatabaseRole.Source)));
        await PrepareAsync(first, second);
        await _databases[0].ExecuteAsync("INSERT INTO plain VALUES (1, 'new')");
        await _databases[2].ExecuteAsync("INSERT INTO plain VALUES (3, 'new')");
        for (var i = 0; i < 3; i++)
        {
            await RoundAsync(first);
            await RoundAsync(second);
        }
        for (var i = 0; i < 3; i++) Assert.Equal(2, await CountAsync(i));
        Assert.True((await RoundAsync(first)).IsEmpty);
        Assert.True((await RoundAsync(second)).IsEmpty);
    }

    [Fact]
    public async Task A_ring_of_syncs_comes_to_rest()
    {
        SyncDefinition[] ring = [Sync(1, (0, DatabaseRole.Source), (1, DatabaseRole.Source)), Sync(2, (1, DatabaseRole.Source), (2, DatabaseRole.Source)), Sync(3, (2, DatabaseRole.Source), (0, DatabaseRole.Source))];
        await PrepareAsync(ring);
        await _databases[0].ExecuteAsync("INSERT INTO plain VALUES (1, 'new')");
        await _databases[1].ExecuteAsync("INSERT INTO plain VALUES (2, 'new')");
        for (var i = 0; i < 4; i++)
            foreach (var sync in ring) await RoundAsync(sync);
        for (var i = 0; i < 3; i++) Assert.Equal(2, await CountAsync(i));
        foreach (var sync in ring) Assert.True((await RoundAsync(sync)).IsEmpty);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(0)]
    public async Task Masters_that_another_sync_feeds_do_not_hand_it_on_to_each_other_for_ever(int small)
    {
        var (feeding, masters) = (Sync(1, (0, DatabaseRole.Source), (1, DatabaseRole.Target)), Sync(2, (1, DatabaseRole.Source), (2, DatabaseRole.Source), (3, DatabaseRole.Source)));
        await PrepareAsync(feeding, masters);
        await _databases[0].ExecuteAsync("INSERT INTO plain SELECT i, 'new' FROM generate_series(1, 5) i; UPDATE plain SET name = 'newer' WHERE id = 5; DELETE FROM plain WHERE id = 4");
        await RoundAsync(feeding);
        await using var session = new SyncSession(masters, new SyncSessionOptions { SmallRows = small });
        for (var i = 0; i < 3; i++) await session.RunAsync(tryAll: true, null, default);
        var logged = await LoggedAsync();
        for (var i = 0; i < 3; i++) await session.RunAsync(tryAll: true, null, default);
        Assert.Equal(logged, await LoggedAsync());
        // What is written on one of them, or comes in again, goes on as ever.
        await _databases[2].ExecuteAsync("UPDATE plain SET name = 'master' WHERE id = 1");
        await _databases[0].ExecuteAsync("UPDATE plain SET name = 'fed' WHERE id = 2");
        await RoundAsync(feeding);
        await session.RunAsync(tryAll: true, null, default);
        foreach (var node in new[] { 1, 2, 3 })
            Assert.Equal(["1 master", "2 fed", "3 new", "5 newer"], (await _databases[node].QueryAsync("SELECT id || ' ' || name FROM plain ORDER BY id")).Select(r => (string)r[0]!));

        async Task<long> LoggedAsync() => (await Task.WhenAll(_databases.Skip(1).Select(d => d.ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1")))).Sum();
    }
}
