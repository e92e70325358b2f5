using System.Diagnostics;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Engine.Service.Clocks;
using Bucardo.Engine.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Bucardo.Engine.Tests.Service.Clocks;

/// <summary>The service measures the sources' clocks over its connections, shows them, and says once that one is off and once that it is right again.</summary>
public sealed class ServiceClockTests
{
    static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(90), what);
            await Task.Delay(50);
        }
    }

    static async Task<string> ClocksAsync(Site site) =>
        string.Join(' ', (await site.Control.SyncRuns.StatesAsync()).Single().Clocks.Select(c => $"{c.Database}{(int)Math.Round(c.Offset.TotalMinutes)}"));

    [Fact]
    public async Task A_clock_that_is_off_is_told_of_once_shown_and_told_of_again_when_it_is_right()
    {
        await using var site = await Site.CreateAsync("sst");
        var (clocks, log) = (new WrongClock { By = { ["B"] = TimeSpan.FromHours(-1) } }, new ListLog());
        var service = new BucardoService(site.ControlTest.Settings, new ServiceOptions { Clocks = clocks, ClockInterval = TimeSpan.FromMilliseconds(100) }, log);
        using var stop = new CancellationTokenSource();
        var running = service.RunAsync(stop.Token);

        // A target dates nothing, so its clock is nobody's business.
        await UntilAsync(async () => await ClocksAsync(site) == "A0 B-60", "the clocks are shown");
        await UntilAsync(() => Task.FromResult(log.Of(LogLevel.Warning, "The clock of database").Count > 0), "there is a warning");
        Assert.StartsWith("The clock of database B is 3", log.Of(LogLevel.Warning, "The clock of database")[0]);
        var problem = Assert.Single(await SyncOperations.ValidateAsync(site.Control, "s", default, clocks));
        Assert.Equal(("ClockOff", "B", ProblemSeverity.Warning), (problem.Code, problem.Database, problem.Severity));
        // It is a warning: nothing is kept from running.
        await site.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'goes on')");
        await UntilAsync(async () => (await site.RowsAsync(1)).Count == 1, "rounds go on");

        clocks.By.Clear();
        await UntilAsync(() => Task.FromResult(log.Of(LogLevel.Information, "The clock of database B is right again.").Count > 0), "all is well");
        Assert.Single(log.Of(LogLevel.Warning, "The clock of database"));
        Assert.Empty(await SyncOperations.ValidateAsync(site.Control, "s", default, clocks));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task The_limit_is_a_setting()
    {
        await using var site = await Site.CreateAsync("ss");
        Assert.Equal(TimeSpan.FromSeconds(1), await site.Control.Clocks.LimitAsync(default));
        var clocks = new WrongClock { By = { ["B"] = TimeSpan.FromHours(1) } };
        foreach (var (setting, problems) in new[] { ("7200.5", 0), ("0", 0), ("0.5", 1) })
        {
            await site.ControlTest.ExecuteAsync($"UPDATE bucardo.bucardo_config SET setting = '{setting}' WHERE name = 'clock_offset_limit'");
            Assert.Equal(problems, (await SyncOperations.ValidateAsync(site.Control, "s", default, clocks)).Count);
        }
    }

    [Fact]
    public async Task Of_several_measurements_the_one_with_the_shortest_way_counts()
    {
        var time = new SetTime();
        // Milliseconds there and back; the database's clock is 5 s ahead.
        var ways = new Queue<(int There, int Back)>([(300, 10), (40, 2), (4, 4), (900, 900), (2, 30)]);
        var reader = new Reader(() =>
        {
            var (there, back) = ways.Dequeue();
            time.Now += TimeSpan.FromMilliseconds(there);
            var answer = time.Now.AddSeconds(5);
            time.Now += TimeSpan.FromMilliseconds(back);
            return answer;
        });
        var sample = await new ClockMeter(reader, time).MeasureAsync(null!, "B", default);
        Assert.Equal((5000.0, 4.0), (sample.Offset.TotalMilliseconds, sample.Uncertainty.TotalMilliseconds));
    }

    sealed class Reader(Func<DateTimeOffset> read) : IClockReader
    {
        public Task<DateTimeOffset> ReadAsync(Npgsql.NpgsqlConnection connection, string database, CancellationToken cancellation) => Task.FromResult(read());
    }
}
