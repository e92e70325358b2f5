namespace Bucardo.Console.Tests;

/// <summary>A table on which the nodes differ, while the daemon runs.</summary>
public class PausedTableTests
{
    [Fact]
    public async Task A_table_that_is_missing_on_a_node_is_paused_with_the_reason_and_goes_on_by_itself()
    {
        await using var world = await World.CreateAsync("sst");
        await using var daemon = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO event VALUES (1, 'a')");
        await world.WaitForRowsAsync("event", "1=a");
        await world.ExecuteAsync(1, "ALTER TABLE event RENAME TO hidden");
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'goes on'); INSERT INTO event VALUES (2, 'waits')");
        await world.WaitForRowsAsync("item", "1=goes on");
        await daemon.WaitForLineAsync("table public.event is paused. Table public.event");
        string? status = null;
        await Poll.UntilAsync(async () => (status = (await world.Control.SyncRuns.StatesAsync("s1")).Single().LastStatus)?.Contains("table public.event is paused") == true,
            Poll.Usual, () => $"the status says '{status}'");
        Assert.Contains(await world.RunsAsync(), r => r.Problems.Any(p => p.Database == "n2" && p.Message.Contains("does not exist on database n2")));

        await world.ExecuteAsync(1, "ALTER TABLE hidden RENAME TO event; UPDATE event SET note = 'there' WHERE id = 1");
        await world.WaitForRowsAsync("event", "1=there 2=waits");
        await daemon.WaitForLineAsync("table public.event goes on");
    }
}
