using System.Diagnostics;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bucardo.Engine.Tests.Service;

/// <summary>Syncs that have nothing to do give their connections up, but for those that had something to do last, and come back with the next change.</summary>
public sealed class IdleSyncsTests
{
    static SyncDefinition Sync(int id, params string[] databases) => new()
    {
        Sync = new Sync { Id = id, Name = $"s{id}", Herd = "h", DatabaseGroup = "g", Status = SyncStatus.Active, ConflictStrategy = "bucardo_latest" },
        Members = [.. databases.Select((d, i) => new Member { Id = i + 1, Name = d, Role = DatabaseRole.Source, Priority = 0, Status = DatabaseStatus.Active, Connection = new ConnectionSettings() })],
        Tables = [],
    };

    [Fact]
    public void On_each_database_those_that_had_something_to_do_last_keep_their_connections()
    {
        var idle = new IdleSyncs(kept: 2);
        var start = DateTimeOffset.UnixEpoch;
        foreach (var (id, databases) in new[] { (1, new[] { "A", "B" }), (2, ["A", "B"]), (3, ["B", "C"]), (4, ["C"]) })
        {
            idle.Connect(Sync(id, databases));
            idle.Note(id, start.AddSeconds(id));
        }
        Assert.Equal([false, true, true, true], new[] { 1, 2, 3, 4 }.Select(idle.Keeps));
        idle.Note(1, start.AddMinutes(1));
        Assert.Equal([true, false, true, true], new[] { 1, 2, 3, 4 }.Select(idle.Keeps));
        // Who has none, takes nobody's place.
        idle.Forget(3);
        Assert.Equal([true, true, false, true], new[] { 1, 2, 3, 4 }.Select(idle.Keeps));
        // A round that found nothing is nothing.
        idle.Connect(Sync(3, "B", "C"));
        Assert.Equal([true, true, false, true], new[] { 1, 2, 3, 4 }.Select(idle.Keeps));
    }

    [Fact]
    public async Task Who_rests_has_no_connections_and_what_changes_then_arrives_all_the_same()
    {
        await using var site = await Site.CreateAsync("st");
        foreach (var name in new[] { "t", "u" })
        {
            for (var node = 0; node < 2; node++) await site.ExecuteAsync(node, $"CREATE TABLE of_{name} (id int PRIMARY KEY)");
            await site.Control.Syncs.AddAsync(new NewSync { Name = name, Tables = [$"of_{name}"], Sources = ["A"], Targets = ["B"] }, default);
            await SyncOperations.ActivateAsync(site.Control, name, default);
        }
        var options = new ServiceOptions { RestAfter = TimeSpan.FromMilliseconds(500), KeptSyncs = 1, PurgeInterval = TimeSpan.FromMilliseconds(100) };
        var service = new BucardoService(site.ControlTest.Settings, options, NullLoggerFactory.Instance);
        using var stop = new CancellationTokenSource();
        var running = service.RunAsync(stop.Token);

        foreach (var (name, id) in new[] { ("t", 1), ("u", 2), ("t", 3) })
        {
            await site.ExecuteAsync(0, $"INSERT INTO of_{name} VALUES ({id})");
            await UntilAsync(async () => await site[1].ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM of_{name} WHERE id = {id})"), () => Task.FromResult($"row {id} of {name} arrives"));
            for (var node = 0; node < 2; node++)
                await UntilAsync(async () => await SessionsAsync(site, node) == $"bucardo apply {name}, bucardo read {name}", async () => $"only {name} is connected, not {await SessionsAsync(site, node)}");
        }
        // Nothing is left to be purged, whoever had a transaction open right after the last round. On this server that is other tests, too: who has one open for as long as the sync takes to rest
        // keeps the changes until the next one.
        foreach (var (name, table) in new[] { ("t", "change_2"), ("u", "change_3") })
        {
            var (start, id) = (Stopwatch.GetTimestamp(), 10);
            await UntilAsync(async () =>
            {
                if (await site[0].ScalarAsync<long>($"SELECT count(*) FROM bucardo_node.{table}") == 0) return true;
                if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(id)) await site.ExecuteAsync(0, $"INSERT INTO of_{name} VALUES ({id += 10})");
                return false;
            }, () => Task.FromResult($"{table} is empty"));
        }
        await stop.CancelAsync();
        await running;
    }

    static Task<string> SessionsAsync(Site site, int node) => site[node].ScalarAsync<string>(
        "SELECT string_agg(application_name, ', ' ORDER BY application_name) FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '^bucardo (read|apply)'")!;

    static async Task UntilAsync(Func<Task<bool>> condition, Func<Task<string>> what)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(60)) Assert.Fail(await what());
            await Task.Delay(50);
        }
    }
}
