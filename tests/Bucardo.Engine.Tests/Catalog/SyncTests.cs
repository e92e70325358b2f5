using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

public sealed class SyncTests : CatalogTest
{
    async Task<Sync> MakeAsync(string name = "s")
    {
        await Node.ExecuteAsync("CREATE TABLE IF NOT EXISTS t (i int PRIMARY KEY); CREATE TABLE IF NOT EXISTS u (i int PRIMARY KEY); CREATE TABLE IF NOT EXISTS bare (i int)");
        if ((await Control.Databases.ListAsync()).Count == 0) await AddNodesAsync("A", "B", "C");
        return await Control.Syncs.AddAsync(
            new NewSync { Name = name, Tables = ["t", "u"], Sources = ["B", "A"], Targets = ["C"], CheckTime = TimeSpan.FromSeconds(90),
            ConflictStrategy = "B, A" }, Cancellation);
    }

    [Fact]
    public async Task Makes_herd_and_group_and_loads_as_one_definition()
    {
        var sync = await MakeAsync();
        Assert.Equal(("s", "s", "B A", SyncStatus.Inactive, TimeSpan.FromSeconds(90)),
            (sync.Herd, sync.DatabaseGroup, sync.ConflictStrategy, sync.Status, sync.CheckTime!.Value));
        var definition = await Control.Syncs.LoadDefinitionAsync("s", Cancellation);
        Assert.Equal(["B", "A", "C"], definition.Members.Select(m => m.Name));
        Assert.Equal([DatabaseRole.Source, DatabaseRole.Source, DatabaseRole.Target], definition.Members.Select(m => m.Role));
        Assert.Equal(["public.t", "public.u"], definition.Tables.Select(t => t.FullName));
        Assert.All(definition.Members, m => Assert.Equal((Node.Settings.Password, null), (m.Connection.Password, m.Problem)));
        if (Node.Settings.Password is { } password) Assert.DoesNotContain(password, definition.ToString() + definition.Members[0]);

        Assert.Empty(await Control.Syncs.LoadDefinitionsAsync(Cancellation));
        await Control.Syncs.SetStatusAsync("s", SyncStatus.Active, Cancellation);
        Assert.Equal("s", Assert.Single(await Control.Syncs.LoadDefinitionsAsync(Cancellation)).Sync.Name);
        var paused = await Control.Syncs.SetPausedAsync("s", true, "conflict", Cancellation);
        Assert.Equal((true, "conflict"), (paused.Paused, paused.PauseReason));
        Assert.Null((await Control.Syncs.SetPausedAsync("s", false, "ignored", Cancellation)).PauseReason);
    }

    [Fact]
    public async Task Changes_and_renames()
    {
        var sync = await MakeAsync();
        var changed = await Control.Syncs.UpdateAsync("s",
            new SyncChange { NewName = "r", AutoKick = false, CheckTime = TimeSpan.Zero, ConflictStrategy = "skip", MaximumChanges = 10 },
            Cancellation);
        Assert.Equal((sync.Id, "r", false, null, "bucardo_skip", 10),
            (changed.Id, changed.Name, changed.AutoKick, changed.CheckTime, changed.ConflictStrategy, changed.MaximumChanges));
        await Control.Syncs.SetStatusAsync("r", SyncStatus.Active, Cancellation);
        await FailsAsync("SyncActive", () => Control.Syncs.UpdateAsync("r", new SyncChange { NewName = "q" }, Cancellation));
        await FailsAsync("HerdNotFound", () => Control.Syncs.UpdateAsync("r", new SyncChange { Herd = "none" }, Cancellation));
        await FailsAsync("InvalidValue", () => Control.Syncs.UpdateAsync("r", new SyncChange { MaximumChanges = 0 }, Cancellation));
        await FailsAsync("SyncNotFound", () => Control.Syncs.SetStatusAsync("none", SyncStatus.Active, Cancellation));
        await FailsAsync("SyncNotFound", () => Control.Syncs.RemoveAsync("none", Cancellation));
    }

    [Fact]
    public async Task Bad_requests_leave_nothing_behind()
    {
        await MakeAsync();
        var before = await CountsAsync();
        NewSync request = new() { Name = "x", Tables = ["t"], Sources = ["A"], Targets = ["C"] };
        Task AddAsync(NewSync sync) => Control.Syncs.AddAsync(sync, Cancellation);
        await FailsAsync("SyncExists", () => AddAsync(request with { Name = "s" }));
        await FailsAsync("InvalidName", () => AddAsync(request with { Name = new string('x', 40) }));
        await FailsAsync("InvalidName", () => AddAsync(request with { Name = "Fullcopy" }));
        await FailsAsync("SyncWithoutSource", () => AddAsync(request with { Sources = [] }));
        await FailsAsync("SyncWithoutTables", () => AddAsync(request with { Tables = [] }));
        await FailsAsync("InvalidArgument", () => AddAsync(request with { Herd = "s" }));
        await FailsAsync("DatabaseNotFound", () => AddAsync(request with { Targets = ["D"] }));
        await FailsAsync("DatabaseTwice", () => AddAsync(request with { Targets = ["A"] }));
        await FailsAsync("TableNotFound", () => AddAsync(request with { Tables = ["none"] }));
        await FailsAsync("TableWithoutKey", () => AddAsync(request with { Tables = ["bare"] }));
        var skipped = await FailsAsync("TableWithoutKey", () => AddAsync(request with { Tables = ["public.*"] }));
        Assert.Equal("public.bare", Assert.Single(skipped.Problems).Object);
        await FailsAsync("InvalidStrategy", () => AddAsync(request with { ConflictStrategy = "A Z" }));
        await FailsAsync("HerdNotFound", () => AddAsync(new NewSync { Name = "x", Herd = "ss", DatabaseGroup = "s" }));
        await FailsAsync("GroupNotFound", () => AddAsync(new NewSync { Name = "x", Herd = "s", DatabaseGroup = "none" }));
        await Control.DatabaseGroups.AddAsync("targets", [new() { Database = "C" }], null, Cancellation);
        await FailsAsync("SyncWithoutSource", () => AddAsync(new NewSync { Name = "x", Herd = "s", DatabaseGroup = "targets" }));
        await Control.DatabaseGroups.RemoveAsync("targets", false, Cancellation);
        Assert.Equal(before, await CountsAsync());
    }

    [Fact]
    public async Task What_is_in_use_stays_and_force_removes_it()
    {
        await MakeAsync();
        await FailsAsync("HerdInUse", () => Control.Herds.RemoveAsync("s", false, Cancellation));
        await FailsAsync("GroupInUse", () => Control.DatabaseGroups.RemoveAsync("s", false, Cancellation));
        await FailsAsync("TableInUse", async () =>
            await Control.Tables.RemoveAsync((await Control.Tables.ListAsync())[0].Id, false, Cancellation));
        await FailsAsync("SyncWithoutSource", () =>
            Control.DatabaseGroups.UpdateAsync("s", new DatabaseGroupChange { Remove = ["A", "B"] }, Cancellation));
        await Control.Databases.RemoveAsync("A", true, Cancellation);
        Assert.Equal("B", (await Control.Syncs.GetAsync("s", Cancellation)).ConflictStrategy);
        await FailsAsync("SyncWithoutSource", () => Control.Databases.RemoveAsync("B", true, Cancellation));
        await Control.Databases.UpdateAsync("B", new DatabaseChange { NewName = "Bee" }, Cancellation);
        Assert.Equal("Bee", (await Control.Syncs.GetAsync("s", Cancellation)).ConflictStrategy);
        await Control.Herds.RemoveAsync("s", true, Cancellation);
        Assert.Empty(await Control.Syncs.ListAsync());
    }

    [Fact]
    public async Task Of_two_sessions_that_add_the_same_name_one_gets_a_clear_error()
    {
        await MakeAsync("first");
        var attempts = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            try
            {
                await Control.Syncs.AddAsync(new NewSync { Name = "race", Herd = "first", DatabaseGroup = "first" }, Cancellation);
                return "added";
            }
            catch (BucardoException e)
            {
                return e.ErrorId;
            }
        }));
        Assert.Single(attempts, a => a == "added");
        Assert.Equal(5, attempts.Count(a => a == "SyncExists"));
    }

    async Task<string> CountsAsync() => string.Join(' ', (await ControlTest.QueryAsync(
        "SELECT (SELECT count(*) FROM bucardo.sync), (SELECT count(*) FROM bucardo.herd), (SELECT count(*) FROM bucardo.goat), (SELECT " +
        "count(*) FROM bucardo.dbgroup), (SELECT count(*) FROM bucardo.herdmap)"))[0]);
}
