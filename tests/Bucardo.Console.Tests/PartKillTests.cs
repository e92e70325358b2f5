namespace Bucardo.Console.Tests;

/// <summary>kill -9 while a target has written a part of a table's rows, and the rest is on its way.</summary>
public sealed class PartKillTests
{
    [Theory]
    [InlineData("before-part@n2")]
    [InlineData("after-part@n2#2")]
    public async Task A_daemon_that_dies_between_two_parts_leaves_none_of_them_and_the_next_one_brings_all(string point)
    {
        await using var world = await World.CreateAsync("stt", tables: ["item"]);
        await using (var daemon = await BucardoProcess.ServeAsync(world.Settings, point + ":kill", []))
        {
            await world.ExecuteAsync(0, "INSERT INTO item SELECT i, repeat(i || ' ', 30) FROM generate_series(1, 20000) i");
            Assert.Equal(137, await daemon.WaitForExitAsync());
        }
        Assert.Equal(0, await world.Nodes[1].ScalarAsync<long>("SELECT count(*) FROM item"));
        await using var next = await world.ServeAsync();
        await world.WaitForRowsAsync("item", await world.RowsAsync(0, "item"));
        Assert.Equal(0, await next.StopAsync());
    }
}
