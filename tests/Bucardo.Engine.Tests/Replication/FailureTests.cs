using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Whatever breaks at whichever point of a round: nothing is lost, nothing is half applied, and the next rounds bring all level.</summary>
public sealed class FailureTests
{
    const string Schema = "CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE more (a int, b text, v numeric, PRIMARY KEY (a, b))";

    static async Task<Nodes> StartAsync(string roles, Faults faults, int small, int lockTimeout = 1)
    {
        var options = new SyncSessionOptions { Faults = faults, SmallRows = small, LockTimeout = TimeSpan.FromSeconds(lockTimeout) };
        var nodes = await Nodes.CreateAsync(roles, Schema, ["plain(id)", "more(a, b)"], options: options);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 20) i; INSERT INTO more SELECT i, 'x', i FROM generate_series(1, 5) i");
        await nodes.SettleAsync();
        return nodes;
    }

    static async Task WriteAsync(Nodes nodes, int turn)
    {
        await nodes.ExecuteAsync(0, $"UPDATE plain SET name = 'turn {turn}' WHERE id % 3 = {turn % 3}; INSERT INTO plain VALUES ({100 + turn}, 'new'); DELETE FROM plain WHERE id = {99 + turn}; UPDATE more SET v = v + 1");
        await nodes.ExecuteAsync(1, $"UPDATE plain SET name = 'other {turn}' WHERE id = {turn % 20}; INSERT INTO more VALUES ({100 + turn}, 'y', 0); UPDATE more SET b = 'z{turn}' WHERE a = 2 AND b = (SELECT min(b) FROM more WHERE a = 2)");
        if (turn % 5 == 4) await nodes.ExecuteAsync(1, "TRUNCATE more; INSERT INTO more VALUES (1, 'x', 0), (2, 'x', 0)");
    }

    [Theory]
    [InlineData("ss", 500)]
    [InlineData("sst", 0)]
    [InlineData("sss", 500)]
    public async Task A_failure_at_any_point_of_a_round_is_made_good_by_the_next(string roles, int small)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync(roles, faults, small);
        faults.Clear();
        await WriteAsync(nodes, 4);
        await nodes.RoundAsync();
        var points = faults.Reached.Distinct().ToList();
        foreach (var effect in new[] { "snapshot", "count", "collect", "begin", "apply", "record", "commit" })
            Assert.Contains(points, p => p.Point == "before-" + effect);
        await nodes.SettleAsync();
        var turn = 5;
        foreach (var (point, node) in points)
        {
            await WriteAsync(nodes, turn++);
            faults.Once(point, node, () => throw new IOException($"broken off at {point} on {node}"));
            try
            {
                await nodes.RoundAsync();
            }
            catch (BucardoException e) when (e.ErrorId is "TooFewNodes" or "NodeFailed")
            {
                // The round as a whole was given up.
            }
            faults.On = null;
            if (turn % 3 > 0) continue;
            await AssertComesLevelAsync(nodes, $"after {point} on {node}");
        }
        await AssertComesLevelAsync(nodes, "at the end");
    }

    [Theory]
    [InlineData("ss", 0)]
    [InlineData("sst", 500)]
    public async Task A_round_cancelled_at_any_point_ends_at_once_and_the_next_one_is_whole(string roles, int small)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync(roles, faults, small);
        faults.Clear();
        await WriteAsync(nodes, 4);
        await nodes.RoundAsync();
        var turn = 5;
        foreach (var (point, node) in faults.Reached.Distinct().ToList())
        {
            await WriteAsync(nodes, turn++);
            using var cancel = new CancellationTokenSource();
            faults.Once(point, node, cancel.Cancel);
            try
            {
                await nodes.RoundAsync(cancel.Token).WaitAsync(TimeSpan.FromSeconds(10));
            }
            catch (OperationCanceledException)
            {
                // as asked
            }
            faults.On = null;
            if (turn % 4 == 0) await AssertComesLevelAsync(nodes, $"after {point} on {node}");
        }
        await AssertComesLevelAsync(nodes, "at the end");
    }

    [Fact]
    public async Task The_round_after_a_cancelled_one_includes_every_node()
    {
        var faults = new Faults();
        // On a busy machine a server takes its time to end what was cancelled, and the next round waits for its locks.
        await using var nodes = await StartAsync("sst", faults, 0, lockTimeout: 30);
        foreach (var point in new[] { "after-snapshot", "before-apply", "after-stage", "before-commit" })
        {
            await nodes.ExecuteAsync(0, "UPDATE plain SET name = name || 'x'");
            using var cancel = new CancellationTokenSource();
            faults.Once(point, "n2", cancel.Cancel);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => nodes.RoundAsync(cancel.Token));
            faults.On = null;
            Assert.Empty((await nodes.RoundAsync()).Problems);
            await nodes.AssertEqualAsync("plain");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task A_receiver_whose_table_is_locked_stays_behind_alone_and_catches_up(int small)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("ssst", faults, small);
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'while locked'");
        await nodes.ExecuteAsync(2, "INSERT INTO plain VALUES (500, 'from the locked one')");
        await using (var connection = await nodes[2].OpenAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var command = new NpgsqlCommand("LOCK TABLE plain IN EXCLUSIVE MODE", connection)) await command.ExecuteNonQueryAsync();
            var result = await nodes.RoundAsync();
            var problem = Assert.Single(result.Problems);
            Assert.Equal("n3", problem.Database);
            foreach (var i in new[] { 0, 1, 3 })
            {
                Assert.Contains("(500,\"from the locked one\")", await nodes.RowsAsync(i, "plain"));
                Assert.Contains("(1,\"while locked\")", await nodes.RowsAsync(i, "plain"));
            }
            Assert.Contains("(1,first)", await nodes.RowsAsync(2, "plain"));
        }
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("plain");
    }

    [Fact]
    public async Task A_connection_killed_on_the_server_costs_at_most_a_round()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("sst", faults, 500);
        foreach (var (point, purpose) in new[] { ("before-begin", "apply"), ("before-commit", "apply"), ("after-snapshot", "read"), ("before-collect", "read") })
        {
            await nodes.ExecuteAsync(0, "UPDATE plain SET name = name || 'x'; UPDATE more SET v = v + 1");
            await nodes.ExecuteAsync(1, "UPDATE more SET v = v - 1 WHERE a = 3");
            faults.WriteOnce(point, nodes, 1, $"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'bucardo {purpose}%'");
            await nodes.RoundAsync();
            faults.On = null;
            await AssertComesLevelAsync(nodes, $"{purpose} killed at {point}");
        }
    }

    [Fact]
    public async Task Two_sessions_of_one_sync_never_apply_over_each_other()
    {
        await using var nodes = await StartAsync("sss", new Faults(), 500);
        await using var second = nodes.AnotherSession();
        for (var turn = 0; turn < 10; turn++)
        {
            await WriteAsync(nodes, turn);
            var rounds = new[] { nodes.RoundAsync(), second.RunAsync(true, null, default) };
            await Task.WhenAll(rounds);
        }
        await AssertComesLevelAsync(nodes, "at the end");
    }

    static async Task AssertComesLevelAsync(Nodes nodes, string when)
    {
        try
        {
            await nodes.SettleAsync();
            await nodes.AssertEqualAsync("plain");
            await nodes.AssertEqualAsync("more");
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw new Xunit.Sdk.XunitException($"{when}: {e.Message}", e);
        }
    }
}
