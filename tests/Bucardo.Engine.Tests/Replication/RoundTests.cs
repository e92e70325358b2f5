namespace Bucardo.Engine.Tests.Replication;

/// <summary>What a round moves, and where to.</summary>
public sealed class RoundTests
{
    const string Plain = "CREATE TABLE plain (id int PRIMARY KEY, name text, amount numeric(10,2) DEFAULT 0)";

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("stt")]
    [InlineData("sst")]
    [InlineData("sss")]
    [InlineData("ssssst")]
    public async Task Inserts_updates_and_deletes_of_the_first_source_reach_all(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'row ' || i, i FROM generate_series(1, 20) i");
        var first = await nodes.SettleAsync();
        Assert.Equal(20 * (roles.Length - 1), first.Inserts);
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'new' WHERE id <= 5; DELETE FROM plain WHERE id > 18");
        var second = await nodes.SettleAsync();
        Assert.Equal((5 * (roles.Length - 1), 2 * (roles.Length - 1)), (second.Updates, second.Deletes));
        Assert.Equal(18, (await nodes.AssertEqualAsync("plain")).Count);
        Assert.Equal(0, second.Conflicts);
    }

    [Theory]
    [InlineData("ss")]
    [InlineData("sst")]
    [InlineData("ssss")]
    public async Task Changes_of_all_sources_reach_all(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"]);
        for (var i = 0; i < roles.Count(r => r == 's'); i++) await nodes.ExecuteAsync(i, $"INSERT INTO plain VALUES ({i}, 'from {i}', {i})");
        await nodes.SettleAsync();
        Assert.Equal(roles.Count(r => r == 's'), (await nodes.AssertEqualAsync("plain")).Count);
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sss")]
    public async Task Large_rounds_travel_by_COPY(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'row ' || i, i FROM generate_series(1, 5000) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'x' || id WHERE id % 2 = 0; DELETE FROM plain WHERE id % 10 = 5; INSERT INTO plain SELECT i, 'late', 1 FROM generate_series(5001, 6000) i");
        if (roles == "sss") await nodes.ExecuteAsync(1, "UPDATE plain SET amount = -1 WHERE id BETWEEN 1001 AND 2000");
        await nodes.SettleAsync();
        // The later update of a hundred rows that were deleted elsewhere wins.
        Assert.Equal(roles == "sss" ? 5600 : 5500, (await nodes.AssertEqualAsync("plain")).Count);
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task A_row_that_is_there_among_many_new_ones_is_updated_and_what_it_gives_free_is_taken(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, "CREATE TABLE plain (id int PRIMARY KEY, name text, rank int UNIQUE)", ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (15000, 'first', 1)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'again', rank = 15000; INSERT INTO plain SELECT i, 'new', i FROM generate_series(1, 30000) i WHERE i <> 15000");
        var result = await nodes.SettleAsync();
        Assert.Equal((29999 * (roles.Length - 1), roles.Length - 1, 0), (result.Inserts, result.Updates, result.Conflicts));
        var rows = await nodes.AssertEqualAsync("plain");
        Assert.Equal(30000, rows.Count);
        Assert.Contains("(15000,again,15000)", rows);
    }

    [Fact]
    public async Task Rows_that_are_all_new_do_not_overwrite_one_that_has_just_come_up()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("ss", Plain, ["plain(id)"], options: new() { Faults = faults });
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'new' FROM generate_series(1, 3000) i");
        faults.WriteOnce("before-apply", nodes, 1, "INSERT INTO plain VALUES (1500, 'local')");
        var result = await nodes.RoundAsync();
        Assert.Equal((2999, 1), (result.Inserts, result.Deferred));
        Assert.Contains("(1500,local,0.00)", await nodes.RowsAsync(1, "plain"));
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Contains("(1500,local,0.00)", await nodes.AssertEqualAsync("plain"));
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task A_key_that_changes_and_rows_that_swap_keys_arrive(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'one'), (2, 'two'), (3, 'three')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET id = 30 WHERE id = 3; UPDATE plain SET id = -id WHERE id < 3; UPDATE plain SET id = 3 + id WHERE id < 0");
        await nodes.SettleAsync();
        Assert.Equal(["(1,two,0.00)", "(2,one,0.00)", "(30,three,0.00)"], await nodes.AssertEqualAsync("plain"));
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task Unique_values_that_change_places_arrive(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, "CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE DEFERRABLE, tag int UNIQUE)", ["u(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO u VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE u SET code = CASE code WHEN 'a' THEN 'b' WHEN 'b' THEN 'a' ELSE code END; UPDATE u SET tag = tag + 10; UPDATE u SET tag = 0 WHERE id = 1; UPDATE u SET tag = 11 WHERE id = 3; UPDATE u SET tag = 13 WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Equal(["(1,b,13)", "(2,a,12)", "(3,c,11)"], await nodes.AssertEqualAsync("u"));
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task A_truncation_empties_the_table_everywhere_and_later_rows_stay(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'row', i FROM generate_series(1, 700) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1000, 'gone'); TRUNCATE plain; INSERT INTO plain VALUES (2000, 'stays')");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(2000,stays,0.00)"], await nodes.AssertEqualAsync("plain"));
        Assert.Equal(roles.Length - 1, result.Truncates);
        // And nothing of it comes back.
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (2001, 'next')");
        Assert.Equal(0, (await nodes.SettleAsync()).Truncates);
        Assert.Equal(2, (await nodes.AssertEqualAsync("plain")).Count);
    }

    [Fact]
    public async Task A_truncation_and_a_later_insert_elsewhere_end_with_the_insert_everywhere()
    {
        await using var nodes = await Nodes.CreateAsync("sss", Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'row', i FROM generate_series(1, 10) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "TRUNCATE plain");
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (11, 'later'); UPDATE plain SET name = 'later' WHERE id = 3");
        await nodes.SettleAsync();
        Assert.Equal(["(11,later,0.00)", "(3,later,3.00)"], await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task A_backlog_beyond_the_bound_is_worked_off_in_steps()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Plain, ["plain(id)"], maximumChanges: 100);
        for (var i = 0; i < 10; i++) await nodes.ExecuteAsync(0, $"INSERT INTO plain SELECT i, 'row', i FROM generate_series({i * 60 + 1}, {i * 60 + 60}) i");
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'big', i FROM generate_series(1001, 1500) i");
        await nodes.ExecuteAsync(1, "INSERT INTO plain SELECT i, 'other', i FROM generate_series(2001, 2100) i");
        await nodes.RoundAsync();
        Assert.Equal(1200, (await nodes.AssertEqualAsync("plain")).Count);
        // 1200 changes at a hundred a step, of which a transaction of 500 takes five: the round counter shows the steps.
        Assert.True(await nodes[1].ScalarAsync<long>("SELECT round FROM bucardo_node.sync") >= 12);
    }

    [Theory]
    [InlineData("st")]
    [InlineData("sst")]
    public async Task A_transaction_larger_than_the_bound_is_split_and_goes_on_where_it_was_broken_off(string roles)
    {
        var steps = new StopAtStep("before-commit", "n2", 3);
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"], maximumChanges: 100, options: new() { Faults = steps });
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'big', i FROM generate_series(1, 550) i");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'later' WHERE id % 50 = 0");
        Assert.Single((await nodes.RoundAsync()).Problems);
        // Two steps of a hundred, less the four rows that change again further on: those wait for that change.
        Assert.Equal(196, (await nodes.RowsAsync(1, "plain")).Count);
        Assert.Equal(1, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.progress WHERE part_xid IS NOT NULL"));
        // Who fails holds nobody back.
        if (roles == "sst") Assert.Equal(550, (await nodes.RowsAsync(2, "plain")).Count);
        var rest = await nodes.SettleAsync();
        Assert.Equal(550, (await nodes.AssertEqualAsync("plain")).Count);
        Assert.Equal(354, rest.Inserts);
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.progress WHERE part_xid IS NOT NULL"));
    }

    [Theory]
    [InlineData("stt")]
    [InlineData("sss")]
    public async Task A_node_with_a_backlog_holds_nobody_back(string roles)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"], maximumChanges: 50, options: new() { Faults = faults });
        await nodes.OnlineAsync(0, 1);
        for (var i = 0; i < 8; i++) await nodes.ExecuteAsync(0, $"INSERT INTO plain SELECT i, 'old', 0 FROM generate_series({i * 40 + 1}, {i * 40 + 40}) i");
        await nodes.SettleAsync();
        await nodes.AllOnlineAsync();
        var (commits, early) = (0, false);
        faults.On = (point, node) =>
        {
            if (point != "before-commit" || node != "n3") return;
            commits++;
            if (commits == 2) nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1000, 'new')").GetAwaiter().GetResult();
            if (commits == 5) early = nodes.RowsAsync(1, "plain").GetAwaiter().GetResult().Any(r => r.Contains("new"));
        };
        await nodes.SettleAsync();
        Assert.True(early, "the second node got the new row only after the third had caught up");
        Assert.Equal(321, (await nodes.AssertEqualAsync("plain")).Count);
    }

    sealed class StopAtStep(string point, string node, int step) : Bucardo.Engine.Replication.IFaultPoints
    {
        int _reached;

        public void Reach(string reached, string on)
        {
            if (reached == point && on == node && ++_reached == step) throw new IOException("broken off");
        }
    }

    [Fact]
    public async Task Nothing_is_sent_back_and_an_idle_round_writes_nothing()
    {
        await using var nodes = await Nodes.CreateAsync("sss", Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'a')");
        await nodes.SettleAsync();
        var rounds = await nodes[1].ScalarAsync<long>("SELECT round FROM bucardo_node.sync");
        var result = await nodes.RoundAsync();
        Assert.True(result.IsEmpty);
        Assert.Equal(rounds, await nodes[1].ScalarAsync<long>("SELECT round FROM bucardo_node.sync"));
    }
}
