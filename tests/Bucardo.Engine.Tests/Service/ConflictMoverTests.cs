using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Support;

namespace Bucardo.Engine.Tests.Service;

/// <summary>Conflicts on their way from the nodes to the control database.</summary>
public sealed class ConflictMoverTests
{
    static readonly DateTime s_time = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);

    // As if a round had decided them on a node.
    static async Task RecordAsync(Site site, int node, params DecidedConflict[] conflicts)
    {
        var definition = await site.Control.Syncs.LoadDefinitionAsync("s", default);
        await using var connection = await NodeConnection.OpenAsync(definition.Members[node].Connection, "n", "test", default);
        await new ConflictRecorder(connection, definition.Sync.Id, "bucardo_latest").RecordAsync(definition.Tables[0], conflicts, default);
    }

    static DecidedConflict Conflict(string key, ulong xid, string? name = "lost") => new(key, new RowVersion(1, xid, s_time), new Dictionary<string, string?> { ["id"] = key, ["name"] = "won", ["n"] = null },
        new RowVersion(2, xid, s_time), name is null ? null : new Dictionary<string, string?> { ["id"] = key, ["name"] = name, ["n"] = "ä\"" });

    [Fact]
    public async Task They_arrive_with_everything_and_leave_the_node()
    {
        await using var site = await Site.CreateAsync("ss");
        await RecordAsync(site, 1, Conflict("1", 5), Conflict("2", 6, null) with { Kind = ConflictKind.Unique, Constraint = "c", Loser = null });
        await site.RunAsync();
        var found = await site.Control.Conflicts.ListAsync();
        var (second, first) = (found[0], found[1]);
        Assert.Equal(("s", "public.plain", "1", "A", "B", "B", "bucardo_latest"), (first.Sync, first.Table, first.Key.Single(), first.Winner, first.Loser, first.DecidedOn, first.Strategy));
        Assert.Equal((s_time, s_time), (first.WinnerTime.UtcDateTime, first.LoserTime!.Value.UtcDateTime));
        Assert.Equal("id=1 name=lost n=ä\"", string.Join(' ', first.LoserRow!.Select(c => $"{c.Key}={c.Value}")));
        Assert.Equal((null, "won"), (first.WinnerRow!["n"], first.WinnerRow["name"]));
        Assert.Equal((ConflictKind.Unique, "c", null, null), (second.Kind, second.Constraint, second.Loser, second.LoserRow));
        Assert.Equal(0, await site[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict"));
    }

    [Fact]
    public async Task One_that_is_brought_twice_or_by_two_nodes_is_there_once()
    {
        await using var site = await Site.CreateAsync("ss");
        await RecordAsync(site, 0, Conflict("1", 5));
        await RecordAsync(site, 1, Conflict("1", 5), Conflict("1", 7), Conflict("2", 5));
        await site.RunAsync();
        await RecordAsync(site, 1, Conflict("1", 5));
        await site.RunAsync();
        Assert.Equal(3, (await site.Control.Conflicts.ListAsync()).Count);
    }

    [Fact]
    public async Task Many_large_ones_come_in_parts()
    {
        await using var site = await Site.CreateAsync("ss");
        await RecordAsync(site, 0, [.. Enumerable.Range(1, 1200).Select(i => Conflict($"{i}", 5))]);
        await RecordAsync(site, 0, [.. Enumerable.Range(2001, 3).Select(i => Conflict($"{i}", 5, new string('x', 9_000_000))), Conflict("9999", 5, new string('y', 17_000_000))]);
        await site.RunAsync();
        Assert.Equal(1204, await site.ControlTest.ScalarAsync<long>("SELECT count(*) FROM bucardo.conflict"));
        // What is larger than anybody would look at is not kept.
        Assert.Empty((await site.Control.Conflicts.ListAsync(new ConflictFilter { Key = ["9999"] })).Single().LoserRow!);
    }

    [Fact]
    public async Task What_waits_on_a_node_outlives_the_sync()
    {
        await using var site = await Site.CreateAsync("ss");
        await RecordAsync(site, 1, Conflict("1", 5));
        await SyncOperations.RemoveAsync(site.Control, "s", default);
        Assert.Equal("s", (await site.Control.Conflicts.ListAsync(new ConflictFilter { Sync = "s" })).Single().Sync);
    }
}
