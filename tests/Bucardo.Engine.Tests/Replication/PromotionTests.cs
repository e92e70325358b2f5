using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>A standby is promoted and takes a source's place: whatever it has reaches everybody, though it gives transaction ids a second time.</summary>
public sealed class PromotionTests : IAsyncLifetime
{
    const string Schema = "CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE more (id int PRIMARY KEY, name text)";

    PostgresCluster _primary = null!;
    PostgresCluster _standby = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServers.AreExternal) return;
        _primary = await PostgresCluster.StartAsync();
        _standby = await PostgresCluster.StartStandbyAsync(_primary);
    }

    public async Task DisposeAsync()
    {
        if (_standby is not null) await _standby.DisposeAsync();
        if (_primary is not null) await _primary.DisposeAsync();
    }

    Task<Nodes> StartAsync(string roles) => Nodes.CreateAsync(roles, Schema, ["plain(id)", "more(id)"], serverOf: i => i == 0 ? _primary : null);

    async Task ReplayedAsync()
    {
        var until = await _primary.ScalarAsync<string>("postgres", "SELECT pg_current_wal_flush_lsn()::text");
        for (var i = 0; i < 200; i++)
        {
            if (await _standby.ScalarAsync<bool>("postgres", $"SELECT pg_last_wal_replay_lsn() >= '{until}'")) return;
            await Task.Delay(50);
        }
        throw new TimeoutException("The standby does not keep up.");
    }

    // From here on the standby gets nothing more.
    async Task CutOffAsync()
    {
        await ReplayedAsync();
        await _standby.ExecuteAsync("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
        await _standby.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
        for (var i = 0; await _standby.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_stat_wal_receiver") > 0; i++)
        {
            Assert.True(i < 200, "The standby still receives.");
            await Task.Delay(50);
        }
    }

    async Task PromoteAsync(Nodes nodes)
    {
        await _primary.StopAsync(StopMode.Immediate);
        Assert.True(await _standby.ScalarAsync<bool>("postgres", "SELECT pg_promote()"));
        await nodes.MoveAsync(0, _standby);
    }

    // Beyond the seconds by which clocks may differ: what is replayed last has nothing to do with the sync.
    static async Task BeQuietAsync(Nodes nodes)
    {
        await Task.Delay(6000);
        await nodes.ExecuteAsync(0, "CREATE TABLE other (id int)");
    }

    // Transactions that only the old primary knows, and everybody who was in the rounds.
    static async Task LoseAsync(Nodes nodes)
    {
        for (var i = 0; i < 30; i++) await nodes.ExecuteAsync(0, $"INSERT INTO plain VALUES ({100 + i}, 'lost')");
        await nodes.ExecuteAsync(0, "UPDATE more SET name = 'lost' WHERE id = 1");
        await nodes.SettleAsync();
    }

    static async Task<ulong> NextAsync(Nodes nodes) => ulong.Parse((await nodes[0].ScalarAsync<string>("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))!);

    [OwnServersTheory]
    [InlineData("ss", false)]
    [InlineData("sst", true)]
    [InlineData("sss", false)]
    public async Task What_a_promoted_standby_writes_under_transaction_ids_that_were_seen_already_arrives(string roles, bool restarted)
    {
        await using var nodes = await StartAsync(roles);
        await nodes.ExecuteAsync(0, "INSERT INTO more SELECT i, 'first' FROM generate_series(1, 5) i");
        await nodes.SettleAsync();
        await CutOffAsync();
        await LoseAsync(nodes);
        var known = await NextAsync(nodes);
        await PromoteAsync(nodes);
        if (restarted) await _standby.RestartAsync();
        for (var i = 0; i < 5; i++) await nodes.ExecuteAsync(0, $"INSERT INTO plain VALUES ({200 + i}, 'from the new primary')");
        await nodes.ExecuteAsync(0, "UPDATE more SET name = 'again' WHERE id = 2");
        Assert.True(await NextAsync(nodes) < known, "The new primary has given no transaction id a second time.");
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (300, 'from another')");

        await nodes.SettleAsync();
        for (var i = 0; i < nodes.Count; i++)
        {
            Assert.Equal(6, await nodes[i].ScalarAsync<long>("SELECT count(*) FROM plain WHERE id >= 200"));
            Assert.Contains("(2,again)", await nodes.RowsAsync(i, "more"));
        }
        await nodes.MaintainAsync();
        await nodes.ExecuteAsync(0, "UPDATE more SET name = 'later' WHERE id = 3");
        await nodes.SettleAsync();
        Assert.Contains("(3,later)", await nodes.RowsAsync(1, "more"));
        // Where every node logs what it receives, even what the old primary took along comes back.
        if (nodes.Count < 3) return;
        Assert.Equal(36, (await nodes.AssertEqualAsync("plain")).Count);
        Assert.Contains("(1,lost)", await nodes.AssertEqualAsync("more"));
    }

    [OwnServersFact]
    public async Task A_row_that_the_old_and_the_new_primary_wrote_in_transactions_of_the_same_id_ends_the_same_everywhere()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        await CutOffAsync();
        for (var i = 0; i < 20; i++) await nodes.ExecuteAsync(0, $"UPDATE plain SET name = 'lost {i}'");
        await nodes.SettleAsync();
        var known = await NextAsync(nodes);
        await PromoteAsync(nodes);
        // Each of these has an id that a lost update of the same row had.
        for (var i = 0; i < 10; i++)
        {
            await nodes.ExecuteAsync(0, $"UPDATE plain SET name = 'new {i}'");
            if (i % 4 == 0) await nodes.RoundAsync();
        }
        Assert.True(await NextAsync(nodes) < known);
        await nodes.SettleAsync();
        Assert.Equal("(1,\"new 9\")", Assert.Single(await nodes.AssertEqualAsync("plain")));
    }

    [OwnServersTheory]
    [InlineData("bucardo_latest")]
    [InlineData("n2 n3 n1")]
    public async Task What_the_standby_has_of_the_last_seconds_is_no_conflict_with_what_the_others_had_got_of_it(string strategy)
    {
        await using var nodes = await StartAsync("sss");
        await nodes.UseStrategyAsync(strategy);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (2, 'first')");
        await nodes.SettleAsync();
        // Beyond the seconds by which clocks may differ.
        await Task.Delay(6000);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first'); INSERT INTO more VALUES (1, 'first')");
        await nodes.SettleAsync();
        // The standby has it, and the others have not got it yet.
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'second' WHERE id = 1; TRUNCATE more; INSERT INTO more VALUES (2, 'second')");
        await CutOffAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'lost' WHERE id = 2");
        await nodes.OnlineAsync(0, 2);
        await nodes.RoundAsync();
        await PromoteAsync(nodes);
        await nodes.AllOnlineAsync();
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["(1,second)", "(2,lost)"], await nodes.AssertEqualAsync("plain"));
        Assert.Equal(["(2,second)"], await nodes.AssertEqualAsync("more"));
    }

    [OwnServersFact]
    public async Task A_node_that_was_away_at_the_promotion_learns_of_it_from_the_others()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(0, "INSERT INTO more SELECT i, 'first' FROM generate_series(1, 5) i");
        await nodes.SettleAsync();
        await CutOffAsync();
        await LoseAsync(nodes);
        await PromoteAsync(nodes);
        for (var i = 0; i < 5; i++) await nodes.ExecuteAsync(0, $"INSERT INTO plain VALUES ({200 + i}, 'from the new primary')");
        await nodes.OnlineAsync(0, 1);
        await nodes.SettleAsync();
        // The new primary is away in its turn: only the second node can tell.
        await nodes.OnlineAsync(1, 2);
        await nodes.SettleAsync();
        Assert.Equal(5, await nodes[2].ScalarAsync<long>("SELECT count(*) FROM plain WHERE id >= 200"));
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(35, (await nodes.AssertEqualAsync("plain")).Count);
        await nodes.AssertEqualAsync("more");
    }

    [OwnServersFact]
    public async Task What_was_lost_under_ids_that_the_new_primary_gave_to_others_than_its_applications_comes_back()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        await BeQuietAsync(nodes);
        await CutOffAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (2, 'lost')");
        await nodes.SettleAsync();
        await PromoteAsync(nodes);
        for (var i = 0; i < 5; i++) await nodes.ExecuteAsync(0, "INSERT INTO other VALUES (1)");
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (3, 'from the new primary')");
        await nodes.SettleAsync();
        Assert.Equal(["(1,first)", "(2,lost)", "(3,\"from the new primary\")"], await nodes.AssertEqualAsync("plain"));
    }

    [OwnServersTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_lost_of_a_transaction_that_was_open_for_long_comes_back(bool isLearntFromAnother)
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        await using var connection = await nodes[0].OpenAsync();
        await using var open = await connection.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("INSERT INTO plain VALUES (2, 'lost')", connection)) await insert.ExecuteNonQueryAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (3, 'second')");
        await nodes.SettleAsync();
        await nodes.MaintainAsync();
        await Task.Delay(6000);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (4, 'third')");
        await nodes.SettleAsync();
        await CutOffAsync();
        await open.CommitAsync();
        await nodes.OnlineAsync(0, 2);
        await nodes.SettleAsync();
        await connection.DisposeAsync();
        await PromoteAsync(nodes);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (5, 'from the new primary')");
        if (isLearntFromAnother)
        {
            await nodes.OnlineAsync(0, 1);
            await nodes.SettleAsync();
            await nodes.OnlineAsync(1, 2);
            await nodes.SettleAsync();
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(1,first)", "(2,lost)", "(3,second)", "(4,third)", "(5,\"from the new primary\")"], await nodes.AssertEqualAsync("plain"));
    }

    [OwnServersTheory]
    [InlineData("ss")]
    [InlineData("sss")]
    public async Task What_is_open_on_the_new_primary_when_the_others_learn_of_it_arrives(string roles)
    {
        await using var nodes = await StartAsync(roles);
        await nodes.ExecuteAsync(0, "INSERT INTO more VALUES (1, 'first')");
        await nodes.SettleAsync();
        await BeQuietAsync(nodes);
        await CutOffAsync();
        await LoseAsync(nodes);
        await PromoteAsync(nodes);
        await using var connection = await nodes[0].OpenAsync();
        await using var open = await connection.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("INSERT INTO plain VALUES (200, 'open')", connection)) await insert.ExecuteNonQueryAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (201, 'from the new primary')");
        await nodes.SettleAsync();
        await open.CommitAsync();
        await nodes.SettleAsync();
        for (var i = 0; i < nodes.Count; i++) Assert.Equal(2, await nodes[i].ScalarAsync<long>("SELECT count(*) FROM plain WHERE id >= 200"));
    }

    // Two changes of a transaction make a step; of the first row there is a later one, which the standby has not got.
    [OwnServersTheory]
    [InlineData("sst", false)]
    [InlineData("sss", true)]
    public async Task What_a_backlog_had_left_to_its_rest_arrives_though_the_rest_is_lost(string roles, bool maintains)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["plain(id)", "more(id)"], options: new SyncSessionOptions { Faults = faults }, maximumChanges: 2, serverOf: i => i == 0 ? _primary : null);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first'); INSERT INTO more VALUES (1, 'first')");
        await CutOffAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'lost'");
        await nodes.OneStepAsync(faults, 0, 1);
        if (maintains) await nodes.MaintainAsync();
        Assert.Equal(["(1,first)"], await nodes.RowsAsync(1, "more"));
        Assert.Empty(await nodes.RowsAsync(1, "plain"));
        await PromoteAsync(nodes);
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(1,first)"], await nodes.AssertEqualAsync("plain"));
        Assert.Equal(["(1,first)"], await nodes.AssertEqualAsync("more"));
    }

    [OwnServersFact]
    public async Task Nothing_is_purged_by_what_was_acknowledged_to_the_old_primary()
    {
        await using var nodes = await StartAsync("ss");
        await nodes.ExecuteAsync(0, "INSERT INTO more VALUES (1, 'first')");
        await nodes.SettleAsync();
        await CutOffAsync();
        await LoseAsync(nodes);
        await PromoteAsync(nodes);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (200, 'from the new primary')");
        await nodes.PrepareSessionAsync();
        await nodes.MaintainAsync();
        await nodes.SettleAsync();
        Assert.Contains("(200,\"from the new primary\")", await nodes.RowsAsync(1, "plain"));
    }

    [OwnServersFact]
    public async Task A_standby_that_lacks_what_the_others_have_purged_is_refused()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        await CutOffAsync();
        // Other tests' transactions on the same server hold purging up: until the round after them, which takes a change.
        for (var i = 0; ; i++)
        {
            await nodes.ExecuteAsync(1, $"INSERT INTO plain VALUES ({100 + i}, 'never on the standby')");
            await nodes.SettleAsync();
            await nodes.MaintainAsync();
            if (await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1") == 0) break;
            Assert.True(i < 100, "change rows are kept");
            await Task.Delay(100);
        }
        await PromoteAsync(nodes);
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (3, 'meanwhile')");
        var problem = Assert.Single((await nodes.RoundAsync()).Problems);
        Assert.Contains("Database n1 has gone back in time", problem.Message);
        Assert.Contains("(3,meanwhile)", await nodes.RowsAsync(2, "plain"));
    }
}
