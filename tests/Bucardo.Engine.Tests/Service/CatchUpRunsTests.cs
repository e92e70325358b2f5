using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Replication;
using Bucardo.Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bucardo.Engine.Tests.Service;

/// <summary>A catch-up that takes long is told in several runs; who waits for a round waits for all of it.</summary>
public sealed class CatchUpRunsTests
{
    [Fact]
    public async Task Each_run_brings_a_part_and_a_kick_is_answered_after_the_last_one()
    {
        await using var site = await Site.CreateAsync("stt");
        await site.Control.Syncs.UpdateAsync("s", new SyncChange { MaximumChanges = 20 }, default);
        await site.Control.Databases.UpdateAsync("C", new DatabaseChange { Status = DatabaseStatus.Inactive }, default);
        for (var i = 1; i <= 100; i++) await site.ExecuteAsync(0, $"INSERT INTO plain VALUES ({i}, 'old')");
        await site.RunAsync();
        var before = (await site.Control.SyncRuns.ListAsync(new SyncRunFilter { Sync = "s" })).Max(r => r.Id);
        await site.Control.Databases.UpdateAsync("C", new DatabaseChange { Status = DatabaseStatus.Active }, default);
        // Long enough for the kick to come meanwhile.
        var faults = new Faults
        {
            On = (point, node) =>
            {
                if (point == "before-commit" && node == "C") Thread.Sleep(200);
            },
        };
        var options = new ServiceOptions { LongestCatchUp = TimeSpan.Zero };
        var service = new BucardoService(site.ControlTest.Settings, options with { Session = options.Session with { Faults = faults } }, NullLoggerFactory.Instance);
        using var stop = new CancellationTokenSource();
        var running = service.RunAsync(stop.Token);
        for (var i = 0; i < 600 && faults.Reached.All(r => r != ("before-commit", "C")); i++) await Task.Delay(50);

        var kicked = await SyncOperations.KickAsync(site.Control, "s", TimeSpan.FromMinutes(1), default);
        Assert.Equal("Done", kicked.Result);
        Assert.Equal(100, (await site.RowsAsync(2)).Count);
        await stop.CancelAsync();
        await running;
        // Until the kick has come, runs within a second share a row; the first, and each that the kick waits for, has one of its own.
        var runs = (await site.Control.SyncRuns.ListAsync(new SyncRunFilter { Sync = "s" })).Where(r => r.Inserts > 0 && r.Id > before).OrderBy(r => r.Id).ToList();
        Assert.Equal(20, runs[0].Inserts);
        Assert.Equal(100, runs.Sum(r => r.Inserts));
    }
}
