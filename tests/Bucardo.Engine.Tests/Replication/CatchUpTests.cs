using System.Collections.Concurrent;
using System.Diagnostics;
using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>A target that was away is brought level apart: the others do not notice, and whatever goes wrong on either side is its own.</summary>
public sealed class CatchUpTests
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text)";
    const int Backlog = 320;

    // The third node was away while eight transactions of forty rows came, in steps of fifty.
    static async Task<Nodes> StartAsync(string roles, Faults faults, string strategy = "bucardo_latest", string? role = null)
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, ["t(id)"], strategy, new SyncSessionOptions { Faults = faults, SmallRows = 20 }, maximumChanges: 50, role: role);
        await nodes.OnlineAsync(0, 1);
        await WriteBacklogAsync(nodes);
        await nodes.AllOnlineAsync();
        return nodes;
    }

    static async Task WriteBacklogAsync(Nodes nodes)
    {
        for (var i = 0; i < Backlog / 40; i++) await nodes.ExecuteAsync(0, $"INSERT INTO t SELECT i, 'old' FROM generate_series({i * 40 + 1}, {i * 40 + 40}) i");
        await nodes.SettleAsync();
    }

    // Within a fault point, which is a place in the middle of one side's work: what the other side does meanwhile.
    static void Await(Func<Task<bool>> isSo, string what) => Task.Run(async () =>
    {
        for (var waiting = Stopwatch.StartNew(); !await isSo(); await Task.Delay(20))
            if (waiting.Elapsed > TimeSpan.FromSeconds(30)) throw new InvalidOperationException($"{what} did not happen.");
    }).GetAwaiter().GetResult();

    static void Write(Nodes nodes, int node, string sql) => Task.Run(() => nodes.ExecuteAsync(node, sql)).GetAwaiter().GetResult();

    static async Task<bool> HasAsync(Nodes nodes, int node, int id) => await nodes[node].ScalarAsync<long>($"SELECT count(*) FROM t WHERE id = {id}") == 1;

    [Theory]
    [InlineData("stt")]
    [InlineData("sst")]
    public async Task The_others_get_what_is_new_while_a_target_is_in_the_middle_of_a_step(string roles)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync(roles, faults);
        var apart = false;
        faults.Once("before-commit", "n3", () =>
        {
            Write(nodes, 0, "INSERT INTO t VALUES (1000, 'new')");
            Await(() => HasAsync(nodes, 1, 1000), "The new row's arrival on n2");
            apart = !HasAsync(nodes, 2, 1000).GetAwaiter().GetResult();
        });
        Assert.Empty((await nodes.RoundAsync(new Pace())).Problems);
        Assert.True(apart);
        await nodes.SettleAsync();
        Assert.Equal(Backlog + 1, (await nodes.AssertEqualAsync("t")).Count);
    }

    [Fact]
    public async Task Who_lacks_no_more_than_a_transaction_of_long_ago_is_not_behind()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("stt", Schema, ["t(id)"], options: new SyncSessionOptions { Faults = faults, SmallRows = 20 }, maximumChanges: 50);
        await nodes.OnlineAsync(0, 1);
        // Any transaction on the server, of whatever database: it is older than the backlog, and n2 has not seen it.
        await using (var connection = await nodes[0].Server.OpenAsync("postgres"))
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var begin = new NpgsqlCommand("SELECT pg_current_xact_id()", connection)) await begin.ExecuteScalarAsync();
            await WriteBacklogAsync(nodes);
            await transaction.CommitAsync();
        }
        await nodes.AllOnlineAsync();
        var written = new ConcurrentDictionary<string, bool>();
        faults.On = (point, node) =>
        {
            if (point == "before-commit") written[node] = true;
        };
        await nodes.RoundAsync(new Pace());
        Assert.Equal(["n3"], written.Keys);
        Assert.Equal(Backlog, (await nodes.AssertEqualAsync("t")).Count);
    }

    [Fact]
    public async Task A_round_that_is_to_end_leaves_the_rest_to_the_next_one()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("stt", faults);
        var first = await nodes.RoundAsync(new Pace { IsEnough = true });
        Assert.True(first.More);
        Assert.InRange(first.Inserts, 1, Backlog - 1);
        var rest = await nodes.RoundAsync(new Pace());
        Assert.False(rest.More);
        Assert.Equal(Backlog, first.Inserts + rest.Inserts);
        Assert.Equal(Backlog, (await nodes.AssertEqualAsync("t")).Count);
    }

    [Fact]
    public async Task A_target_that_fails_again_holds_nobody_back_and_goes_on_where_it_was()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("stt", faults);
        var steps = 0;
        faults.On = (point, node) =>
        {
            if (point == "before-commit" && node == "n3" && ++steps == 3) throw new IOException("gone again");
        };
        var result = await nodes.RoundAsync(new Pace());
        Assert.Equal(["n3"], result.Problems.Select(p => p.Database));
        Assert.Equal(80, (await nodes.RowsAsync(2, "t")).Count);
        faults.On = null;
        Assert.Equal(Backlog - 80, (await nodes.RoundAsync(new Pace())).Inserts);
        Assert.Equal(Backlog, (await nodes.AssertEqualAsync("t")).Count);
    }

    [Fact]
    public async Task Who_fails_among_the_others_holds_nobody_back_either()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("stt", faults);
        var failed = false;
        faults.On = (point, node) =>
        {
            if (point == "before-commit" && node == "n3" && !failed)
            {
                Write(nodes, 0, "INSERT INTO t VALUES (1000, 'new')");
                Await(() => Task.FromResult(failed), "The failure on n2");
            }
            if (point == "before-commit" && node == "n2" && !failed) throw Failed();
        };
        Assert.Empty((await nodes.RoundAsync(new Pace())).Problems);
        Assert.True(failed);
        Assert.Equal(Backlog + 1, (await nodes.AssertEqualAsync("t")).Count);

        IOException Failed()
        {
            failed = true;
            return new IOException("away for a moment");
        }
    }

    [Theory]
    [InlineData("bucardo_latest")]
    [InlineData("bucardo_source")]
    [InlineData("bucardo_skip")]
    public async Task What_the_sources_decide_between_them_meanwhile_arrives_as_it_was_decided(string strategy)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("sst", faults, strategy);
        // Of the backlog, and new: on both sources, before either has seen the other's.
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, $"UPDATE t SET v = 'n{i + 1}' WHERE id IN (1, 200, {Backlog}); INSERT INTO t VALUES (1000, 'n{i + 1}')");
        var steps = 0;
        faults.On = (point, node) =>
        {
            if (point == "before-commit" && node == "n3" && ++steps == 2) Write(nodes, 1, "UPDATE t SET v = 'n2, later' WHERE id IN (2, 201)");
        };
        await nodes.RoundAsync(new Pace());
        if (strategy == "bucardo_skip")
        {
            // Skipped conflicts wait for the next change.
            await nodes.RoundAsync();
            await nodes.ExecuteAsync(0, "UPDATE t SET v = 'last' WHERE id IN (1, 200, 320, 1000)");
        }
        await nodes.SettleAsync();
        Assert.Equal(Backlog + 1, (await nodes.AssertEqualAsync("t")).Count);
        Assert.Equal(["(2,\"n2, later\")"], (await nodes.RowsAsync(2, "t")).Where(r => r.StartsWith("(2,", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_a_source_was_away_too_all_go_together_in_steps()
    {
        await using var nodes = await Nodes.CreateAsync("sstt", Schema, ["t(id)"], options: new() { SmallRows = 20 }, maximumChanges: 50);
        // The source n2 has missed all of it, the target n4 the later half.
        foreach (var (from, online) in new[] { (0, (int[])[0, 2, 3]), (160, [0, 2]) })
        {
            await nodes.OnlineAsync(online);
            for (var i = from; i < from + 160; i += 40) await nodes.ExecuteAsync(0, $"INSERT INTO t SELECT i, 'old' FROM generate_series({i + 1}, {i + 40}) i");
            await nodes.SettleAsync();
        }
        await nodes.ExecuteAsync(1, "INSERT INTO t VALUES (1000, 'n2')");
        await nodes.AllOnlineAsync();
        Assert.Empty((await nodes.RoundAsync(new Pace())).Problems);
        await nodes.SettleAsync();
        Assert.Equal(Backlog + 1, (await nodes.AssertEqualAsync("t")).Count);
    }

    [Fact]
    public async Task Where_no_further_connection_is_to_be_had_all_go_together()
    {
        const string Role = "of_few_connections";
        var faults = new Faults();
        await using var nodes = await StartAsync("stt", faults, role: Role);
        await nodes.PrepareSessionAsync();
        await nodes[0].ExecuteAsync($"ALTER ROLE {Role} CONNECTION LIMIT 4");
        try
        {
            var result = await nodes.RoundAsync(new Pace());
            Assert.Empty(result.Problems);
            Assert.Equal(Backlog, result.Inserts);
        }
        finally
        {
            await nodes[0].ExecuteAsync($"ALTER ROLE {Role} CONNECTION LIMIT -1");
        }
        Assert.Equal(Backlog, (await nodes.AssertEqualAsync("t")).Count);
    }

    [Fact]
    public async Task The_further_connections_are_closed_when_all_are_level()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("stt", faults);
        await nodes.PrepareSessionAsync();
        var before = await SessionsAsync(nodes);
        long during = 0;
        faults.Once("before-commit", "n3", () => during = SessionsAsync(nodes).GetAwaiter().GetResult());
        await nodes.RoundAsync(new Pace());
        Assert.True(during > before, $"{during} sessions are not more than {before}");
        for (var i = 0; i < 100 && await SessionsAsync(nodes) > before; i++) await Task.Delay(50);
        Assert.Equal(before, await SessionsAsync(nodes));
    }

    static Task<long> SessionsAsync(Nodes nodes) => nodes[0].ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'bucardo %'");

    [Fact]
    public async Task A_table_that_is_altered_meanwhile_arrives_whole()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("stt", faults);
        var looks = 0;
        faults.On = (point, node) =>
        {
            if (point != "before-snapshot" || node != "n3" || Interlocked.Increment(ref looks) != 3) return;
            foreach (var other in (int[])[1, 2]) Write(nodes, other, "ALTER TABLE t ADD w text DEFAULT 'w'");
            Write(nodes, 0, $"ALTER TABLE t ADD w text DEFAULT 'w'; UPDATE t SET w = 'changed' WHERE id > {Backlog - 40}");
        };
        await nodes.RoundAsync(new Pace());
        await nodes.SettleAsync();
        Assert.Equal(40, (await nodes.AssertEqualAsync("t")).Count(r => r.EndsWith(",changed)", StringComparison.Ordinal)));
    }

    // The others have a round every few milliseconds.
    sealed class Pace : IRoundPace
    {
        public bool IsEnough { get; init; }

        public Task NextAsync(RoundResult last, TimeSpan took, Task until, CancellationToken cancellation) => Task.WhenAny(until, Task.Delay(10, cancellation));
    }
}
