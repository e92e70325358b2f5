using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;

namespace Bucardo.Console.Tests;

/// <summary>What is changed in the control database takes effect while the daemon runs.</summary>
public class ReloadTests
{
    [Fact]
    public async Task A_table_added_to_the_herd_is_replicated()
    {
        await using var world = await World.CreateAsync("ss");
        await using var daemon = await world.ServeAsync();
        await world.Control.Tables.AddAsync(new TableSelection { Database = "n1", Patterns = ["extra"], Herd = "s1" }, default);
        // The service installs the triggers; until then nothing is captured.
        foreach (var node in world.Nodes)
        {
            await Poll.UntilAsync(() => node.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'extra'::regclass)"), Poll.Usual, () => daemon.Output);
        }
        await world.ExecuteAsync(0, "INSERT INTO extra VALUES (1, 'a')");
        await world.ExecuteAsync(1, "INSERT INTO extra VALUES (2, 'b')");
        await world.WaitForRowsAsync("extra", "1=a 2=b");
    }

    [Fact]
    public async Task A_table_added_without_autokick_is_captured_at_once_too()
    {
        await using var world = await World.CreateAsync("ss", autoKick: false);
        await using var daemon = await world.ServeAsync();
        await world.Control.Tables.AddAsync(new TableSelection { Database = "n1", Patterns = ["extra"], Herd = "s1" }, default);
        await Poll.UntilAsync(() => world.Nodes[0].ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'extra'::regclass)"), Poll.Usual, () => daemon.Output);
        await world.ExecuteAsync(0, "INSERT INTO extra VALUES (1, 'a')");
        await world.KickAsync();
        await world.WaitForRowsAsync("extra", "1=a");
    }

    [Fact]
    public async Task A_new_sync_is_run_and_a_removed_one_is_not()
    {
        await using var world = await World.CreateAsync("st");
        await using var daemon = await world.ServeAsync();
        await world.AddSyncAsync(new NewSync { Name = "s2", Tables = ["extra"], Sources = ["n1"], Targets = ["n2"] });
        await world.ExecuteAsync(0, "INSERT INTO extra VALUES (1, 'a')");
        await world.WaitForRowsAsync("extra", "1=a");
        Assert.Empty(await SyncOperations.RemoveAsync(world.Control, "s2", default));
        await Poll.UntilAsync(async () => (await world.ServersOfAsync("s2")).Count == 0, Poll.Usual, () => daemon.Output);
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
        await world.WaitForRowsAsync("item", "1=a");
    }

    [Fact]
    public async Task A_paused_or_deactivated_sync_rests_and_catches_up_afterwards()
    {
        await using var world = await World.CreateAsync("st");
        await world.AddSyncAsync(new NewSync { Name = "s2", Tables = ["extra"], Sources = ["n1"], Targets = ["n2"] });
        await using var daemon = await world.ServeAsync();
        async Task WaitForServersAsync(int count) =>
            await Poll.UntilAsync(async () => (await world.ServersOfAsync("s1")).Count == count, Poll.Usual, () => daemon.Output);
        async Task WriteAsync(int number, string expected)
        {
            await world.ExecuteAsync(0, $"INSERT INTO item VALUES ({number}, 'a'); INSERT INTO extra VALUES ({number}, 'a')");
            // Had s1 been awake, its row would have come along with that of s2.
            await world.WaitForRowsAsync("extra", string.Join(' ', Enumerable.Range(1, number).Select(i => $"{i}=a")));
            Assert.Equal(expected, await world.RowsAsync(1, "item"));
        }

        await SyncOperations.SetPausedAsync(world.Control, "s1", true, default);
        await WaitForServersAsync(0);
        await WriteAsync(1, "");
        await SyncOperations.SetPausedAsync(world.Control, "s1", false, default);
        await world.WaitForRowsAsync("item", "1=a");
        await SyncOperations.DeactivateAsync(world.Control, "s1", default);
        await WaitForServersAsync(0);
        await WriteAsync(2, "1=a");
        await SyncOperations.ActivateAsync(world.Control, "s1", default);
        await world.WaitForRowsAsync("item", "1=a 2=a");
        await WaitForServersAsync(1);
    }
}
