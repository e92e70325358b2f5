using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

public sealed class SyncRunTests : CatalogTest
{
    async Task MakeAsync()
    {
        await AddNodesAsync("A", "B");
        await Control.DatabaseGroups.AddAsync("g", [new() { Database = "A", Role = DatabaseRole.Source }, new() { Database = "B" }], null,
            Cancellation);
        await Control.Herds.AddAsync("h", null, [], Cancellation);
        await Control.Syncs.AddAsync(new NewSync { Name = "s", Herd = "h", DatabaseGroup = "g", Status = SyncStatus.Active }, Cancellation);
    }

    [Fact]
    public async Task States_follow_the_runs()
    {
        await MakeAsync();
        async Task<SyncState> StateAsync() => (await Control.SyncRuns.StatesAsync("s")).Single();
        Assert.Equal("No records found", (await StateAsync()).State);

        var id = await Control.SyncRuns.StartAsync("s", Cancellation);
        Assert.Equal("Running", (await StateAsync()).State);
        var started = DateTimeOffset.UtcNow.AddSeconds(-3);
        var run = await Control.SyncRuns.FinishAsync(new SyncRun
        {
            Id = id, Sync = "s", Outcome = RunOutcome.Good, Started = started, Ended = started.AddSeconds(2), Inserts = 5, Updates = 2,
                Deletes = 3,
            Truncates = 1, Conflicts = 4, Deferred = 6, Status = "done", Problems = [new NodeProblem("B", "is away")],
        }, Cancellation);
        Assert.Equal((RunOutcome.Good, 5L, 6L, "done", "B: is away"),
            (run.Outcome, run.Inserts, run.Deferred, run.Status, run.Problems[0].ToString()));
        var state = await StateAsync();
        Assert.Equal(("Good", 7L, 3L, 4L, 2d),
            (state.State, state.Inserts, state.Deletes, state.Conflicts, Math.Round(state.LastGoodDuration!.Value.TotalSeconds, 3)));

        await Control.SyncRuns.RecordAsync(
            new SyncRun { Sync = "s", Outcome = RunOutcome.Bad, Started = DateTimeOffset.UtcNow, Status = "broken" }, Cancellation);
        state = await StateAsync();
        Assert.Equal(("Bad", "broken"), (state.State, state.LastError));
        await Control.SyncRuns.RecordAsync(new SyncRun { Sync = "s", Outcome = RunOutcome.Empty, Started = DateTimeOffset.UtcNow },
            Cancellation);
        await Control.SyncRuns.RecordAsync(new SyncRun { Sync = "s", Outcome = RunOutcome.Empty, Started = DateTimeOffset.UtcNow },
            Cancellation);
        state = await StateAsync();
        Assert.Equal(("Empty", "broken", 7L), (state.State, state.LastError, state.Inserts));
        Assert.Equal("111", await ControlTest.ScalarAsync<string>(
            "SELECT count(*) FILTER (WHERE lastgood) || '' || count(*) FILTER (WHERE lastbad) || '' || count(*) FILTER (WHERE " +
            "lastempty) FROM bucardo.syncrun"));

        await ControlTest.ExecuteAsync("INSERT INTO bucardo.service (hostname, pid, syncs) VALUES ('x', 1, '{s}')");
        Assert.True((await StateAsync()).Served);
        await Control.Syncs.SetPausedAsync("s", true, null, Cancellation);
        Assert.Equal("Paused", (await StateAsync()).State);
        await Control.Syncs.SetStatusAsync("s", SyncStatus.Inactive, Cancellation);
        Assert.Equal("Inactive", (await StateAsync()).State);
    }

    [Fact]
    public async Task History_is_listed_and_survives_the_sync()
    {
        await MakeAsync();
        var long_ago = DateTimeOffset.UtcNow.AddDays(-1);
        var first = await Control.SyncRuns.RecordAsync(
            new SyncRun { Sync = "s", Outcome = RunOutcome.Good, Started = long_ago, Ended = long_ago }, Cancellation);
        var second = await Control.SyncRuns.RecordAsync(
            new SyncRun { Sync = "s", Outcome = RunOutcome.Bad, Started = DateTimeOffset.UtcNow }, Cancellation);
        Assert.Equal([second.Id, first.Id], (await Control.SyncRuns.ListAsync()).Select(r => r.Id));
        Assert.Equal([second.Id], (await Control.SyncRuns.ListAsync(new SyncRunFilter { Last = 1 })).Select(r => r.Id));
        Assert.Equal([first.Id], (await Control.SyncRuns.ListAsync(new SyncRunFilter { Outcome = RunOutcome.Good })).Select(r => r.Id));
        Assert.Equal([second.Id], (await Control.SyncRuns.ListAsync(new SyncRunFilter { Since = DateTimeOffset.Now.AddHours(-1) })).Select(
            r => r.Id));

        await Control.Syncs.SetStatusAsync("s", SyncStatus.Inactive, Cancellation);
        await Control.Syncs.UpdateAsync("s", new SyncChange { NewName = "t" }, Cancellation);
        Assert.Equal(2, (await Control.SyncRuns.ListAsync(new SyncRunFilter { Sync = "t" })).Count);
        await Control.Syncs.RemoveAsync("t", Cancellation);
        Assert.Equal(2, (await Control.SyncRuns.ListAsync(new SyncRunFilter { Sync = "t" })).Count);
    }

    [Fact]
    public async Task A_run_that_never_ended_counts_as_failed_at_the_next_start()
    {
        await MakeAsync();
        var lost = await Control.SyncRuns.StartAsync("s", Cancellation);
        var next = await Control.SyncRuns.StartAsync("s", Cancellation);
        Assert.Equal(RunOutcome.Bad, (await Control.SyncRuns.ListAsync(new SyncRunFilter { Id = lost })).Single().Outcome);
        await FailsAsync("SyncNotFound", () => Control.SyncRuns.StartAsync("none", Cancellation));
        await FailsAsync("RunNotFound", () =>
            Control.SyncRuns.FinishAsync(new SyncRun { Id = 999, Sync = "s", Outcome = RunOutcome.Good }, Cancellation));
        await FailsAsync("InvalidValue", () => Control.SyncRuns.FinishAsync(new SyncRun { Id = next, Sync = "s" }, Cancellation));
        Assert.Equal(RunOutcome.Good, (
            await Control.SyncRuns.FinishAsync(new SyncRun { Id = lost, Sync = "s", Outcome = RunOutcome.Good }, Cancellation)).Outcome);
    }
}
