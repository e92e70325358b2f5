using System.Diagnostics;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bucardo.Engine.Tests.Service;

/// <summary>Where changes come in a steady stream, workers look by themselves and triggers say nothing; all arrives, and what comes after it is announced again.</summary>
public sealed class KickStreamTests
{
    [Fact]
    public void It_begins_when_rounds_follow_each_other_and_ends_when_they_find_nothing()
    {
        var changes = 0;
        var stream = new KickStream(mayFlow: true, () => changes++);
        stream.Note(isSteady: false, isEmpty: false);
        Assert.False(stream.IsFlowing);
        stream.Note(isSteady: true, isEmpty: false);
        Assert.True(stream.IsFlowing);
        for (var i = 1; i < KickStream.Quiet; i++) stream.Note(isSteady: true, isEmpty: true);
        Assert.True(stream.IsFlowing);
        stream.Note(isSteady: true, isEmpty: false);
        for (var i = 1; i <= KickStream.Quiet; i++) stream.Note(isSteady: true, isEmpty: true);
        Assert.False(stream.IsFlowing);
        Assert.Equal(2, changes);
    }

    [Fact]
    public void It_ends_when_nobody_looks_and_never_begins_where_no_trigger_kicks()
    {
        var stream = new KickStream(mayFlow: true, () => { });
        stream.Note(isSteady: true, isEmpty: false);
        stream.End();
        Assert.False(stream.IsFlowing);
        var silent = new KickStream(mayFlow: false, () => Assert.Fail("It has not changed."));
        silent.Note(isSteady: true, isEmpty: false);
        Assert.False(silent.IsFlowing);
    }

    [Fact]
    public async Task Captures_say_nothing_meanwhile_and_nothing_is_missed()
    {
        await using var site = await Site.CreateAsync("st");
        await using var service = await RunningService.StartAsync(site);
        await using var listener = await site[0].OpenAsync();
        var heard = 0;
        listener.Notification += (_, _) => heard++;
        await listener.ExecuteAsync("LISTEN bucardo", default);
        await UntilAsync(() => IsListenedToAsync(site), "the service listens");
        var written = 0;
        await WriteUntilAsync(async () => !await IsListenedToAsync(site), () => site.ExecuteAsync(0, $"INSERT INTO plain VALUES ({++written}, 'x')"), "captures need not say anything");

        // Whoever writes now says nothing, also if the stream has long been over when that is committed.
        await using (var connection = await site[0].OpenAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("INSERT INTO plain VALUES (100000, 'late')", default);
            await UntilAsync(() => IsListenedToAsync(site), "the service listens again");
            await UntilAsync(async () => await CountAsync(site, 1) == written, "all that was written arrives");
            await transaction.CommitAsync();
        }
        await UntilAsync(async () => await CountAsync(site, 1) == written + 1, "the late row arrives");

        await listener.ExecuteAsync("SELECT", default);
        Assert.InRange(heard, 1, written);
        (heard, var announced) = (0, 0);
        // A notification comes when it comes: one of a few rows is heard of.
        await UntilAsync(async () =>
        {
            await site.ExecuteAsync(0, $"INSERT INTO plain VALUES ({100_000 + ++announced}, 'announced')");
            await listener.HearAsync(TimeSpan.FromSeconds(1), default);
            return heard > 0;
        }, "rows after it are announced");
        await UntilAsync(async () => await CountAsync(site, 1) == written + 1 + announced, "the rows after it arrive");
    }

    [Fact]
    public async Task Captures_speak_as_long_as_one_sync_of_the_database_waits_to_be_told()
    {
        await using var site = await Site.CreateAsync("st");
        for (var node = 0; node < 2; node++) await site.ExecuteAsync(node, "CREATE TABLE other (id int PRIMARY KEY)");
        await site.Control.Syncs.AddAsync(new NewSync { Name = "other", Tables = ["other"], Sources = ["A"], Targets = ["B"] }, default);
        await SyncOperations.ActivateAsync(site.Control, "other", default);
        await using var service = await RunningService.StartAsync(site);
        var written = 0;
        Task WriteAsync(bool both) => site.ExecuteAsync(0, $"INSERT INTO plain VALUES ({++written}, 'x'); {(both ? $"INSERT INTO other VALUES ({written})" : "")}");
        await UntilAsync(() => IsListenedToAsync(site), "the service listens");
        await WriteUntilAsync(async () => !await IsListenedToAsync(site), () => WriteAsync(both: true), "captures need not say anything");
        await WriteUntilAsync(() => IsListenedToAsync(site), () => WriteAsync(both: false), "the service listens, for the other sync's sake");
        for (var i = 0; i < 200; i++)
        {
            await WriteAsync(both: false);
            Assert.True(await IsListenedToAsync(site), $"Nobody listens any more after {i} rows of one of two syncs.");
        }
        await UntilAsync(async () => await CountAsync(site, 1) == written, "all rows arrive");
    }

    static Task<bool> IsListenedToAsync(Site site) => site[0].ScalarAsync<bool>(
        $"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = {CaptureSql.ListenLock.Split(',')[0]} AND granted)");

    static Task<long> CountAsync(Site site, int node) => site[node].ScalarAsync<long>("SELECT count(*) FROM plain");

    // Without a pause: rounds have to follow each other.
    static async Task WriteUntilAsync(Func<Task<bool>> condition, Func<Task> write, string what)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"Not within a minute: {what}.");
            for (var i = 0; i < 20; i++) await write();
        }
    }

    static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"Not within a minute: {what}.");
            await Task.Delay(5);
        }
    }

    sealed class RunningService : IAsyncDisposable
    {
        readonly CancellationTokenSource _stop = new();
        readonly Task _running;

        RunningService(BucardoService service) => _running = service.RunAsync(_stop.Token);

        public static async Task<RunningService> StartAsync(Site site)
        {
            var service = new BucardoService(site.ControlTest.Settings, new ServiceOptions(), NullLoggerFactory.Instance);
            var running = new RunningService(service);
            await service.Started.Task.WaitAsync(TimeSpan.FromSeconds(60));
            return running;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
        }
    }
}
