using Bucardo.Engine.Catalog;

namespace Bucardo.Faults;

/// <summary>Receivers that are there and cannot write, and applications that keep them from it.</summary>
[Collection(ServerFaultCollection.Name)]
public class ReceiverTests(ServerFaultClusters clusters)
{
    static Task WaitForProblemAsync(FaultWorld world, string text) =>
        Poll.UntilAsync(async () => (await world.Control.SyncRuns.ListAsync(new SyncRunFilter { Sync = "s1" })).Any(r => r.Problems.Any(p => p.Message.Contains(text))),
            Poll.Usual, () => $"a problem with '{text}'\n{world.Log()}");

    [OwnServersFact]
    public async Task A_read_only_receiver_says_so_holds_nobody_back_and_catches_up()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await world.ServeAsync();
        await using var writers = Writers.Start(world, seed: 8, nodes: [0, 2]);
        // As a role's setting that the session may not overrule cannot be had, the server is restarted as a standby is: everything in recovery is read-only.
        await clusters.Second.StopAsync();
        var signal = Path.Combine(clusters.Second.Folder, "data", "standby.signal");
        await File.WriteAllTextAsync(signal, "");
        try
        {
            await clusters.Second.StartAgainAsync();
            await WaitForProblemAsync(world, "is read-only");
            await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'while n2 is read-only')");
            await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "while n2 is read-only", [2]);
        }
        finally
        {
            await clusters.Second.StopAsync();
            File.Delete(signal);
            await clusters.Second.StartAgainAsync();
        }
        await world.SettleAsync(await writers.StopAsync());
    }

    [OwnServersFact]
    public async Task A_default_of_read_only_transactions_keeps_no_round_from_writing()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "ss");
        await world.ExecuteAsync(1, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$");
        await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (1, 1, 'x')");
        await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "x");
    }

    [OwnServersFact]
    public async Task A_table_that_stays_locked_holds_back_only_its_node()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO part VALUES (100, 1, 'all are connected')");
        await world.WaitForAsync("SELECT count(*) FROM part", 1L);
        await using var locker = await world.Nodes[1].OpenAsync();
        await using (var command = locker.CreateCommand())
        {
            command.CommandText = "BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE";
            await command.ExecuteNonQueryAsync();
        }
        await using var writers = Writers.Start(world, seed: 9, nodes: [0, 2]);
        await WaitForProblemAsync(world, "stayed locked");
        for (var i = 1; i < 4; i++)
        {
            await world.ExecuteAsync(0, $"INSERT INTO part VALUES ({i}, 1, 'while n2 is locked')");
            await world.WaitForAsync($"SELECT note FROM part WHERE item = {i}", "while n2 is locked", [2]);
            await Task.Delay(1000);
        }
        await locker.CloseAsync();
        await world.SettleAsync(await writers.StopAsync());
    }

    [OwnServersFact]
    public async Task A_transaction_that_stays_open_on_a_source_holds_nothing_back_but_the_purge()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "sss");
        await world.ServeAsync();
        await using var open = await world.Nodes[0].OpenAsync();
        await using var command = open.CreateCommand();
        command.CommandText = "BEGIN; INSERT INTO part VALUES (1, 1, 'late')";
        await command.ExecuteNonQueryAsync();
        for (var i = 2; i < 5; i++)
        {
            await world.ExecuteAsync(0, $"INSERT INTO part VALUES ({i}, 1, 'meanwhile')");
            await world.WaitForAsync($"SELECT note FROM part WHERE item = {i}", "meanwhile");
        }
        command.CommandText = "COMMIT";
        await command.ExecuteNonQueryAsync();
        // It is older than what has been replicated since, and comes all the same.
        await world.WaitForAsync("SELECT note FROM part WHERE item = 1", "late");
        await world.SettleAsync();
    }

    [OwnServersFact]
    public async Task Deadlocks_with_the_application_cost_neither_side_anything_but_time()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "ss");
        await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO part SELECT 1, n, 'x' FROM generate_series(1, 40) n");
        await world.WaitForAsync("SELECT count(*) FROM part", 40L);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        // Against the order in which a round locks.
        var errors = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => WriteBackwardsAsync(world.Nodes[i % 2], i, stop.Token)));
        Assert.Empty(errors.SelectMany(e => e));
        await world.SettleAsync();
    }

    // Each client has rows of its own, so that clients never lock each other out: whoever waits, waits for a round.
    static async Task<List<string>> WriteBackwardsAsync(TestDatabase database, int client, CancellationToken cancellation)
    {
        var errors = new List<string>();
        await using var connection = await database.OpenAsync(CancellationToken.None);
        for (var i = 0; !cancellation.IsCancellationRequested; i++)
        {
            await using var command = connection.CreateCommand();
            var updates = Enumerable.Range(1, 40).Reverse().Where(n => n % 4 == client).Select(n => $"UPDATE part SET note = 'c{client} {i}' WHERE item = 1 AND no = {n}");
            command.CommandText = $"BEGIN; {string.Join("; ", updates)}; COMMIT";
            try
            {
                await command.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (Npgsql.PostgresException e)
            {
                errors.Add(e.MessageText);
                command.CommandText = "ROLLBACK";
                await command.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
        return errors;
    }
}
