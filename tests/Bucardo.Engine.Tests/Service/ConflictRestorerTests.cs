using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Support;

namespace Bucardo.Engine.Tests.Service;

/// <summary>A version that lost comes back as a change like any other.</summary>
public sealed class ConflictRestorerTests
{
    static async Task<Conflict> LoseAsync(Site site, string loser, string winner)
    {
        await site.RunAsync();
        await site.ExecuteAsync(0, loser);
        await site.ExecuteAsync(1, winner);
        await site.RunAsync();
        return (await site.Control.Conflicts.ListAsync()).First();
    }

    static Task<Conflict> RestoreAsync(Site site, Conflict conflict, string? database = null) => ConflictRestorer.RestoreAsync(site.Control, conflict.Id, database, default);

    [Fact]
    public async Task It_goes_to_all_nodes_and_is_marked()
    {
        await using var site = await Site.CreateAsync("sst");
        await site.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first'), (2, 'first'), (3, 'first')");
        var lost = await LoseAsync(site, "UPDATE plain SET name = 'lost', n = NULL WHERE id = 1", "UPDATE plain SET name = 'won' WHERE id = 1");
        var gone = await LoseAsync(site, "UPDATE plain SET name = 'kept', n = 7 WHERE id = 2", "DELETE FROM plain WHERE id = 2");
        var deletion = await LoseAsync(site, "DELETE FROM plain WHERE id = 3", "UPDATE plain SET name = 'alive' WHERE id = 3");
        Assert.Equal(["(1,won,0)", "(3,alive,0)"], await site.RowsAsync(0));
        var restored = await RestoreAsync(site, lost);
        Assert.Equal(("A", true), (restored.RestoredOn, restored.Restored > lost.Decided));
        Assert.Equal("B", (await RestoreAsync(site, gone, "B")).RestoredOn);
        await RestoreAsync(site, deletion);
        Assert.Equal(0, (await site.RunAsync()).Conflicts);
        for (var i = 0; i < 3; i++) Assert.Equal(["(1,lost,)", "(2,kept,7)"], await site.RowsAsync(i));
    }

    [Fact]
    public async Task Columns_that_the_database_fills_are_no_obstacle()
    {
        await using var site = await Site.CreateAsync("ss", """
            CREATE TABLE plain ("The Key" numeric, "b'$1" text, id int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (7) STORED, x xml, b bytea, d timestamptz(3), "{values}" int[], PRIMARY KEY ("The Key", "b'$1"))
            """);
        await site.ExecuteAsync(0, "INSERT INTO plain VALUES (1.50, 'a', DEFAULT, DEFAULT, '<a>1</a>', '\\x00', '2026-01-02 03:04:05.678', '{1,NULL}'), (2.0, 'b', DEFAULT, DEFAULT, NULL, NULL, NULL, NULL)");
        var lost = await LoseAsync(site, "UPDATE plain SET x = NULL WHERE \"The Key\" = 1.5; UPDATE plain SET \"{values}\" = '{9}' WHERE \"The Key\" = 2", "DELETE FROM plain");
        foreach (var conflict in await site.Control.Conflicts.ListAsync()) await RestoreAsync(site, conflict);
        await site.RunAsync();
        Assert.Equal(await site.RowsAsync(0), await site.RowsAsync(1));
        Assert.Equal(["(1.50,a,1,7,,\"\\\\x00\",\"2026-01-02 03:04:05.678+00\",\"{1,NULL}\")", "(2.0,b,2,7,,,,{9})"], await site.RowsAsync(1));
        Assert.NotNull(lost);
    }

    [Fact]
    public async Task What_cannot_be_restored_is_said_and_nothing_is_changed()
    {
        await using var site = await Site.CreateAsync("sst", "CREATE TABLE plain (id int PRIMARY KEY, name text UNIQUE, n int)");
        await site.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first', 0)");
        var lost = await LoseAsync(site, "UPDATE plain SET name = 'lost' WHERE id = 1", "UPDATE plain SET name = 'won' WHERE id = 1; INSERT INTO plain VALUES (2, 'lost', 0)");
        async Task<string> FailsAsync(Task work) => (await Assert.ThrowsAsync<BucardoException>(() => work)).ErrorId;
        Assert.Equal("RestoreRefused", await FailsAsync(RestoreAsync(site, lost)));
        Assert.Equal("NotASource", await FailsAsync(RestoreAsync(site, lost, "C")));
        Assert.Equal("ConflictNotFound", await FailsAsync(RestoreAsync(site, lost with { Id = 999 })));
        for (var i = 0; i < 3; i++) await site.ExecuteAsync(i, "ALTER TABLE plain DROP COLUMN n");
        Assert.Equal("ConflictColumnGone", await FailsAsync(RestoreAsync(site, lost)));
        Assert.Null((await site.Control.Conflicts.GetAsync(lost.Id, default)).Restored);
        Assert.Equal(["(1,won)", "(2,lost)"], await site.RowsAsync(0));
    }

    [Fact]
    public async Task The_history_is_found_by_what_is_in_it_and_purged_by_the_setting()
    {
        await using var site = await Site.CreateAsync("ss");
        await site.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first'), (2, 'first')");
        var conflict = await LoseAsync(site, "UPDATE plain SET name = 'a'", "UPDATE plain SET name = 'b'");
        async Task<int> CountAsync(ConflictFilter filter) => (await site.Control.Conflicts.ListAsync(filter)).Count;
        Assert.Equal(2, await CountAsync(new() { Sync = "s*", Table = "pla*", Winner = "B", Loser = "A", Kind = ConflictKind.Row, Strategy = "bucardo_latest", Since = conflict.Decided.AddHours(-1), Until = conflict.Decided.AddHours(1) }));
        Assert.Equal(1, await CountAsync(new() { Key = ["2"], Table = "\"public\".\"plain\"" }));
        Assert.Equal(1, await CountAsync(new() { First = 1 }));
        foreach (var other in new ConflictFilter[] { new() { Sync = "t" }, new() { Table = "other" }, new() { Winner = "A" }, new() { Loser = "B" }, new() { Kind = ConflictKind.Unique }, new() { Key = ["3"] }, new() { Since = conflict.Decided.AddHours(1) } })
            Assert.Equal(0, await CountAsync(other));
        Assert.Equal(2, (await site.Control.SyncRuns.StatesAsync("s")).Single().RecentConflicts);
        await site.ControlTest.ExecuteAsync("UPDATE bucardo.conflict SET decided = now() - interval '40 days' WHERE id = " + conflict.Id);
        Assert.Equal(0, await site.Control.Conflicts.PurgeAsync(default));
        await site.ControlTest.ExecuteAsync("UPDATE bucardo.bucardo_config SET setting = '30' WHERE name = 'conflict_history_days'; INSERT INTO bucardo.bucardo_config (name, setting, type, item) VALUES ('conflict_history_days', '50', 'sync', 's')");
        Assert.Equal(0, await site.Control.Conflicts.PurgeAsync(default));
        await site.ControlTest.ExecuteAsync("DELETE FROM bucardo.bucardo_config WHERE item = 's'");
        Assert.Equal(1, await site.Control.Conflicts.PurgeAsync(default));
        Assert.Equal(0, await site.Control.Conflicts.ClearAsync("t", null, default));
        Assert.Equal(1, await site.Control.Conflicts.ClearAsync("s", conflict.Decided.AddHours(1), default));
    }
}
