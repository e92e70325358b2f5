namespace Bucardo.Console.Tests;

/// <summary>Servers that are away for a while.</summary>
public class OutageTests
{
    [OwnServersFact]
    public async Task A_node_that_was_away_catches_up_and_holds_nobody_back()
    {
        await using var second = await PostgresCluster.StartAsync();
        // n1 and n3 are on the first server, n2 on the one that goes.
        await using var world = await World.CreateAsync("sss", second: second);
        await using var daemon = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
        await world.WaitForRowsAsync("item", "1=a");
        // A change that nobody has seen when the node goes.
        await world.KickAsync();
        await second.StopAsync(StopMode.Immediate);
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (2, 'b')");
        await world.ExecuteAsync(2, "UPDATE item SET note = 'c' WHERE id = 1");
        await world.WaitForRowsAsync("item", "1=c 2=b", [0, 2]);
        await Poll.UntilAsync(async () => (await world.RunsAsync()).Any(r => r.Problems.Any(p => p.Database == "n2") || r.Status?.Contains("n2") == true), Poll.Usual, () => daemon.Output);
        await second.StartAgainAsync();
        await world.ExecuteAsync(1, "INSERT INTO item VALUES (3, 'd')");
        await world.WaitForRowsAsync("item", "1=c 2=b 3=d");
        Assert.Equal(0, await daemon.StopAsync());
    }

    [OwnServersFact]
    public async Task Rounds_go_on_while_the_control_database_is_away()
    {
        await using var server = await PostgresCluster.StartAsync();
        await using var world = await World.CreateAsync("ss", control: server);
        await using var daemon = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
        await world.WaitForRowsAsync("item", "1=a");
        await server.StopAsync(StopMode.Immediate);
        await daemon.WaitForLineAsync("The control database is away");
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (2, 'b')");
        await world.ExecuteAsync(1, "INSERT INTO item VALUES (3, 'c')");
        await world.WaitForRowsAsync("item", "1=a 2=b 3=c");
        await server.StartAgainAsync();
        await Poll.UntilAsync(async () => await CountServersAsync(world) == 1, Poll.Usual, () => daemon.Output);
        // What was done meanwhile comes into the history, and kicks work again.
        await Poll.UntilAsync(async () => (await world.RunsAsync(RunOutcome.Good)).Sum(r => r.Inserts) == 3, Poll.Usual, () => daemon.Output);
        await world.ExecuteAsync(1, "DELETE FROM item WHERE id = 1");
        await world.WaitForRowsAsync("item", "2=b 3=c");
        Assert.Equal("Done", (await world.KickAsync()).Result);
        Assert.Equal(0, await daemon.StopAsync());
    }

    static async Task<int> CountServersAsync(World world)
    {
        try
        {
            return (await world.ServersOfAsync("s1")).Count;
        }
        catch (BucardoException)
        {
            return 0; // the pool's connections are those of before
        }
    }
}
