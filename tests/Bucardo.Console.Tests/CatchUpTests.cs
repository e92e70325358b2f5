using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;

namespace Bucardo.Console.Tests;

/// <summary>A target comes back with a backlog, and is brought level apart by a daemon that may die meanwhile.</summary>
public sealed class CatchUpTests
{
    const int Away = 2;

    // n3 was away while ten transactions of forty rows came, in steps of fifty; now it may be connected to.
    static async Task<World> StartAsync()
    {
        var world = await World.CreateAsync("stt", tables: ["item"]);
        await world.Control.Syncs.UpdateAsync("s1", new SyncChange { MaximumChanges = 50 }, default);
        await world.Nodes[Away].LeaveAsync();
        await world.ExecuteAsync(0, $"""ALTER DATABASE "{world.Nodes[Away].Name}" ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{world.Nodes[Away].Name}'""");
        for (var i = 0; i < 10; i++) await world.ExecuteAsync(0, $"INSERT INTO item SELECT i, 'old' FROM generate_series({i * 40 + 1}, {i * 40 + 40}) i");
        await SyncOperations.RunOnceAsync(world.Control, "s1", null, default);
        await world.WaitForRowsAsync("item", Old, [0, 1]);
        await world.ExecuteAsync(0, $"""ALTER DATABASE "{world.Nodes[Away].Name}" ALLOW_CONNECTIONS true""");
        return world;
    }

    static string Old { get; } = string.Join(' ', Enumerable.Range(1, 400).Select(i => $"{i}=old"));

    [Fact]
    public async Task Others_get_what_is_new_meanwhile_and_a_daemon_that_dies_then_loses_nothing()
    {
        await using var world = await StartAsync();
        await using (var daemon = await BucardoProcess.ServeAsync(world.Settings, "before-commit@n3#2:sleep=100", []))
        {
            await daemon.WaitForLineAsync("fault before-commit@n3");
            await world.ExecuteAsync(0, "INSERT INTO item VALUES (1000, 'new')");
            await world.WaitForRowsAsync("item", Old + " 1000=new", [0, 1]);
            await world.ExecuteAsync(0, "UPDATE item SET note = 'newer' WHERE id = 1000");
            await world.WaitForRowsAsync("item", Old + " 1000=newer", [0, 1]);
            Assert.Equal(40, await world.Nodes[Away].ScalarAsync<long>("SELECT count(*) FROM item"));
            daemon.Kill();
        }
        await using var next = await world.ServeAsync();
        await world.WaitForRowsAsync("item", Old + " 1000=newer");
        Assert.Equal(0, await next.StopAsync());
    }

    [Theory]
    [InlineData("before-record@n3#3")]
    [InlineData("after-commit@n3#3")]
    public async Task A_daemon_that_dies_in_the_middle_of_a_step_loses_nothing(string point)
    {
        await using var world = await StartAsync();
        await using (var daemon = await BucardoProcess.ServeAsync(world.Settings, point + ":kill", []))
        {
            Assert.Equal(137, await daemon.WaitForExitAsync());
        }
        Assert.InRange(await world.Nodes[Away].ScalarAsync<long>("SELECT count(*) FROM item"), 80, 120);
        await using var next = await world.ServeAsync();
        await world.WaitForRowsAsync("item", Old);
        Assert.Equal(0, await next.StopAsync());
    }

    [Fact]
    public async Task A_kick_that_comes_meanwhile_is_answered_when_all_are_level()
    {
        await using var world = await StartAsync();
        await using var daemon = await BucardoProcess.ServeAsync(world.Settings, "before-commit@n3#2:sleep=3", []);
        await daemon.WaitForLineAsync("fault before-commit@n3");
        Assert.Equal("Done", (await world.KickAsync()).Result);
        Assert.Equal(Old, await world.RowsAsync(Away, "item"));
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task A_daemon_that_is_told_to_stop_meanwhile_stops_after_the_step_and_the_next_one_goes_on()
    {
        await using var world = await StartAsync();
        await using (var daemon = await BucardoProcess.ServeAsync(world.Settings, "before-commit@n3#2:sleep=3", []))
        {
            await daemon.WaitForLineAsync("fault before-commit@n3");
            Assert.Equal(0, await daemon.StopAsync());
        }
        Assert.Equal(80, await world.Nodes[Away].ScalarAsync<long>("SELECT count(*) FROM item"));
        await using var next = await world.ServeAsync();
        await world.WaitForRowsAsync("item", Old);
        Assert.Equal(0, await next.StopAsync());
    }
}
