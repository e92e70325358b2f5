using System.Diagnostics;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Npgsql;

namespace Bucardo.Console.Tests;

/// <summary>The daemon as a process: start, stop, what it serves, what it takes up while it runs.</summary>
public class DaemonTests
{
    [Fact]
    public async Task It_serves_and_stops_cleanly_on_SIGTERM_and_SIGINT()
    {
        await using var world = await World.CreateAsync("sst");
        await using (var daemon = await world.ServeAsync())
        {
            await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
            await world.ExecuteAsync(1, "INSERT INTO item VALUES (2, 'b')");
            await world.WaitForRowsAsync("item", "1=a 2=b");
            Assert.Equal([daemon.Id], (await world.ServersOfAsync("s1")).Select(s => s.ProcessId));
            Assert.Equal(0, await daemon.StopAsync());
            Assert.Contains("The service has stopped.", daemon.Output);
        }
        Assert.Empty(await ServiceDirectory.ListAsync(world.Control, default));
        // What is changed while no daemon runs arrives with the next one.
        await world.ExecuteAsync(1, "UPDATE item SET note = 'c'; DELETE FROM item WHERE id = 1");
        await using var next = await world.ServeAsync();
        await world.WaitForRowsAsync("item", "2=c");
        next.Interrupt();
        Assert.Equal(0, await next.WaitForExitAsync());
    }

    [Fact]
    public async Task A_fullstop_by_NOTIFY_ends_it()
    {
        await using var world = await World.CreateAsync("st");
        await using var daemon = await world.ServeAsync();
        await ServiceDirectory.StopAsync(world.Control, [Assert.Single(await ServiceDirectory.ListAsync(world.Control, default))], Poll.Usual, default);
        Assert.Equal(0, await daemon.WaitForExitAsync());
    }

    [Fact]
    public async Task A_round_that_waits_for_a_lock_does_not_hold_up_the_stop()
    {
        await using var world = await World.CreateAsync("st");
        await using var daemon = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
        await world.WaitForRowsAsync("item", "1=a");
        await using var locker = await world.Nodes[1].OpenAsync();
        await using var command = locker.CreateCommand();
        command.CommandText = "BEGIN; UPDATE item SET note = 'mine' WHERE id = 1";
        await command.ExecuteNonQueryAsync();
        await world.ExecuteAsync(0, "UPDATE item SET note = 'b'");
        await Poll.UntilAsync(() => world.Nodes[1].ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'bucardo%')"),
            Poll.Usual, () => "a round that waits for the lock");
        // The lock stays.
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task A_second_signal_ends_a_round_at_once()
    {
        await using var world = await World.CreateAsync("st");
        // Longer than anybody waits here for its end.
        await using var daemon = await BucardoProcess.ServeAsync(world.Settings, "before-commit@n2:sleep=600", []);
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
        await daemon.WaitForLineAsync("fault before-commit@n2");
        daemon.Terminate();
        await daemon.WaitForLineAsync("Stopping once the round in hand is done");
        daemon.Terminate();
        Assert.Equal(143, await daemon.WaitForExitAsync());
    }

    [Fact]
    public async Task Bad_connections_get_one_sentence_and_exit_code_1()
    {
        await using var empty = await PostgresServers.CreateAsync("empty");
        async Task<string> FailAsync(ConnectionSettings settings, params string[] words)
        {
            await using var daemon = BucardoProcess.StartDaemon(settings, null, words);
            Assert.Equal(1, await daemon.WaitForExitAsync());
            return Assert.Single(daemon.Output.Split('\n'), l => l.StartsWith("bucardo: ", StringComparison.Ordinal));
        }
        Assert.Contains("Install-Bucardo", await FailAsync(empty.Settings));
        Assert.Contains("no database", await FailAsync(empty.Settings with { DatabaseName = "nowhere" }));
        var refused = await FailAsync(empty.Settings with { Password = "wrongsecret" });
        Assert.Contains("refused the login", refused);
        Assert.DoesNotContain("wrongsecret", refused);
        await using var world = await World.CreateAsync("st");
        Assert.Contains("nosuch", await FailAsync(world.Settings, "--sync", "nosuch"));
    }

    [Fact]
    public async Task A_server_that_is_not_there_yet_is_waited_for()
    {
        await using var daemon = BucardoProcess.StartDaemon(new ConnectionSettings { HostName = "127.0.0.1", Port = 1, DatabaseName = "bucardo", UserName = "nobody" });
        await daemon.WaitForLineAsync("cannot be reached");
        await daemon.WaitForLineAsync("next attempt in");
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task Only_the_syncs_that_are_named_are_run()
    {
        await using var world = await World.CreateAsync("st");
        await world.AddSyncAsync(new NewSync { Name = "s2", Tables = ["extra"], Sources = ["n1"], Targets = ["n2"] });
        await using var daemon = await world.ServeAsync("--sync", "s2");
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a'); INSERT INTO extra VALUES (1, 'a')");
        await world.WaitForRowsAsync("extra", "1=a");
        Assert.Equal("", await world.RowsAsync(1, "item"));
        Assert.Equal(["s2"], (await world.ServersOfAsync("s2")).Single().Syncs);
    }

    [Fact]
    public async Task A_change_arrives_without_polling()
    {
        await using var world = await World.CreateAsync("st");
        await using var daemon = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (0, 'warm')");
        await world.WaitForRowsAsync("item", "0=warm");
        var times = new List<double>();
        for (var i = 1; i <= 9; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await world.ExecuteAsync(0, $"UPDATE item SET note = 'v{i}'");
            await world.WaitForRowsAsync("item", $"0=v{i}", [1]);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        // Nothing that is looked at now and then comes round so often; a busy machine may take its time.
        Assert.True(times.Order().ElementAt(4) < 500, $"the median of {string.Join(", ", times.Select(t => $"{t:0} ms"))}");
    }

    [Fact]
    public async Task What_was_under_way_when_it_came_arrives_without_polling()
    {
        await using var world = await World.CreateAsync("st");
        await using var writer = await world.Nodes[0].OpenAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("INSERT INTO item VALUES (1, 'under way')", writer)) await insert.ExecuteNonQueryAsync();
        await using var daemon = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (0, 'warm')");
        await world.WaitForRowsAsync("item", "0=warm", [1]);
        await transaction.CommitAsync();
        await world.WaitForRowsAsync("item", "0=warm 1=under way");
    }

    [Fact]
    public async Task Without_autokick_nothing_moves_until_somebody_kicks()
    {
        await using var world = await World.CreateAsync("ss", autoKick: false);
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a'), (2, 'b')");
        await using var daemon = await world.ServeAsync();
        // The service is ready for a kick when it has connected to the nodes.
        foreach (var node in world.Nodes)
        {
            await Poll.UntilAsync(() => node.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'bucardo apply s1' AND datname = '{node.Name}' AND state = 'idle')"),
                Poll.Usual, () => $"a connection to {node.Name}");
        }
        var first = await world.KickAsync();
        Assert.Equal(("Done", RunOutcome.Good, 2L), (first.Result, first.Run?.Outcome, first.Run?.Inserts));
        Assert.Single(await world.RunsAsync());
        var second = await world.KickAsync();
        Assert.Equal(("Done", RunOutcome.Empty), (second.Result, second.Run?.Outcome));
    }

    [Fact]
    public async Task A_failing_round_is_recorded_and_tried_again_with_back_off()
    {
        await using var world = await World.CreateAsync("st");
        await using var daemon = await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a')");
        await world.WaitForRowsAsync("item", "1=a");
        // One table that differs pauses that table; all of them leave nothing to do.
        await world.ExecuteAsync(1, "ALTER TABLE item RENAME note TO remark; ALTER TABLE event RENAME note TO remark");
        await world.ExecuteAsync(0, "UPDATE item SET note = 'b'");
        await Poll.UntilAsync(async () => (await world.RunsAsync(RunOutcome.Bad)).Count >= 3, Poll.Usual, () => daemon.Output);
        var bad = (await world.RunsAsync(RunOutcome.Bad)).Reverse().Take(3).ToList();
        Assert.All(bad, run => Assert.Contains("note", run.Status));
        var first = new ServiceOptions().FirstRetry;
        Assert.True(bad[1].Started - bad[0].Started >= first, "it waits");
        Assert.True(bad[2].Started - bad[1].Started >= 2 * first, "the waits grow");
        var state = Assert.Single(await world.Control.SyncRuns.StatesAsync("s1"));
        Assert.Equal("Bad", state.State);
        Assert.Contains("note", state.LastError);
        await world.ExecuteAsync(1, "ALTER TABLE item RENAME remark TO note; ALTER TABLE event RENAME remark TO note");
        var kick = await world.KickAsync();
        Assert.True(kick.Result == "Done", $"{kick.Run?.Status}: {daemon.Output}");
        await world.WaitForRowsAsync("item", "1=b");
        Assert.NotEqual("Bad", Assert.Single(await world.Control.SyncRuns.StatesAsync("s1")).State);
    }
}
