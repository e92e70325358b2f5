using System.Diagnostics;
using Bucardo.Engine.Catalog;

namespace Bucardo.Console.Tests;

/// <summary>Several daemons on one control database.</summary>
public class TwoDaemonTests
{
    [Fact]
    public async Task Each_sync_runs_once_and_a_killed_daemon_is_replaced_within_ten_seconds()
    {
        await using var world = await World.CreateAsync("st");
        await world.AddSyncAsync(new NewSync { Name = "s2", Tables = ["extra"], Sources = ["n1"], Targets = ["n2"] });
        await using var first = await world.ServeAsync();
        await using var second = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a'); INSERT INTO extra VALUES (1, 'a')");
        await world.WaitForRowsAsync("item", "1=a");
        await world.WaitForRowsAsync("extra", "1=a");
        Assert.Equal([first.Id], (await world.ServersOfAsync("s1")).Select(s => s.ProcessId));
        Assert.Equal([first.Id], (await world.ServersOfAsync("s2")).Select(s => s.ProcessId));

        var start = Stopwatch.GetTimestamp();
        first.Kill();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (2, 'b')");
        await world.WaitForRowsAsync("item", "1=a 2=b", limit: TimeSpan.FromSeconds(10));
        await Poll.UntilAsync(async () => (await world.ServersOfAsync("s2")).Any(s => s.ProcessId == second.Id), TimeSpan.FromSeconds(10), () => second.Output);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        Assert.Equal([second.Id], (await world.ServersOfAsync("s1")).Select(s => s.ProcessId));
        Assert.Equal(0, await second.StopAsync());
    }

    [Fact]
    public async Task A_daemon_that_stops_hands_over()
    {
        await using var world = await World.CreateAsync("st");
        await using var first = await world.ServeAsync();
        await using var second = await world.ServeAsync();
        Assert.Equal(0, await first.StopAsync());
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
        await world.WaitForRowsAsync("item", "1=a", limit: TimeSpan.FromSeconds(10));
    }
}
