using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>A local change between a round's snapshot and its apply is not overwritten unseen: the next round treats it as the conflict that it is.</summary>
public sealed class LocalWriteDuringRoundTests
{
    const string Plain = "CREATE TABLE plain (id int PRIMARY KEY, name text)";
    const string Fill = "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 5) i";

    public static TheoryData<string, int, string> Cases()
    {
        // Each pair of two of them once.
        var cases = new TheoryData<string, int, string>();
        foreach (var roles in new[] { "ss", "sst", "sss" })
            foreach (var small in new[] { 0, 500 })
                cases.Add(roles, small, (roles == "sst") == (small == 0) ? "before-apply" : "before-begin");
        return cases;
    }

    static async Task<(Nodes Nodes, Faults Faults)> StartAsync(string roles, int small, string strategy = "bucardo_latest", string schema = Plain)
    {
        var faults = new Faults();
        var nodes = await Nodes.CreateAsync(roles, schema, ["plain(id)"], strategy, new SyncSessionOptions { Faults = faults, SmallRows = small, LockTimeout = TimeSpan.FromSeconds(2) });
        await nodes.ExecuteAsync(0, Fill);
        await nodes.SettleAsync();
        return (nodes, faults);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_update_meets_an_update(string roles, int small, string point)
    {
        var (nodes, faults) = await StartAsync(roles, small);
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'remote' WHERE id <= 2");
        faults.WriteOnce(point, nodes, 1, "UPDATE plain SET name = 'local' WHERE id = 1");
        var round = await nodes.RoundAsync();
        Assert.Equal(1, round.Deferred);
        Assert.Contains("(1,local)", await nodes.RowsAsync(1, "plain"));
        Assert.Contains("(2,remote)", await nodes.RowsAsync(1, "plain"));
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Contains("(1,local)", await nodes.AssertEqualAsync("plain"));
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.deferred"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_loser_under_a_preference_is_the_local_change(string roles, int small, string point)
    {
        var (nodes, faults) = await StartAsync(roles, small, "bucardo_source");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'remote' WHERE id <= 2");
        faults.WriteOnce(point, nodes, 1, "UPDATE plain SET name = 'local' WHERE id = 1");
        await nodes.RoundAsync();
        Assert.Contains("(1,local)", await nodes.RowsAsync(1, "plain"));
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Contains("(1,remote)", await nodes.AssertEqualAsync("plain"));
    }

    static readonly (string Remote, string Local, string? Expected)[] s_meetings =
    [
        ("INSERT INTO plain VALUES (9, 'remote')", "INSERT INTO plain VALUES (9, 'local')", "(9,local)"),
        ("DELETE FROM plain WHERE id = 1", "UPDATE plain SET name = 'local' WHERE id = 1", "(1,local)"),
        ("UPDATE plain SET name = 'remote' WHERE id = 1", "DELETE FROM plain WHERE id = 1", null),
        ("UPDATE plain SET id = 9 WHERE id = 1", "UPDATE plain SET name = 'local' WHERE id = 1", "(1,local)"),
        ("UPDATE plain SET name = 'remote' WHERE id = 1", "UPDATE plain SET id = 9 WHERE id = 1", "(9,first)"),
        ("INSERT INTO plain VALUES (9, 'x'); DELETE FROM plain WHERE id = 9", "INSERT INTO plain VALUES (9, 'local')", "(9,local)"),
        ("TRUNCATE plain", "INSERT INTO plain VALUES (9, 'local')", "(9,local)"),
        ("TRUNCATE plain", "UPDATE plain SET name = 'local' WHERE id = 1", "(1,local)"),
        ("TRUNCATE plain; INSERT INTO plain VALUES (1, 'remote')", "UPDATE plain SET name = 'local' WHERE id = 1", "(1,local)"),
    ];

    [Theory]
    [InlineData("ss", 0)]
    [InlineData("ss", 500)]
    [InlineData("sss", 0)]
    [InlineData("sss", 500)]
    public async Task Whatever_meets_the_later_local_change_stays(string roles, int small)
    {
        var (nodes, faults) = await StartAsync(roles, small);
        await using var disposing = nodes;
        foreach (var (remote, local, expected) in s_meetings)
        {
            await nodes.StartOverAsync("plain", Fill);
            await nodes.ExecuteAsync(0, remote);
            faults.WriteOnce("before-begin", nodes, 1, local);
            await nodes.RoundAsync();
            await nodes.SettleAsync();
            var rows = await nodes.AssertEqualAsync("plain");
            Assert.True(expected is null ? !rows.Any(r => r.StartsWith("(1,", StringComparison.Ordinal)) : rows.Contains(expected), $"{remote} met {local}: {string.Join(' ', rows)}");
        }
    }

    [Theory]
    [InlineData("ss", 0)]
    [InlineData("ss", 500)]
    [InlineData("sss", 0)]
    [InlineData("sss", 500)]
    public async Task A_local_TRUNCATE_is_not_undone(string roles, int small)
    {
        var (nodes, faults) = await StartAsync(roles, small);
        await using var disposing = nodes;
        foreach (var remote in new[] { "UPDATE plain SET name = 'remote' WHERE id = 1", "INSERT INTO plain VALUES (9, 'remote')", "TRUNCATE plain; INSERT INTO plain VALUES (9, 'remote')", "TRUNCATE plain" })
        {
            await nodes.StartOverAsync("plain", Fill);
            await nodes.ExecuteAsync(0, remote);
            faults.WriteOnce("before-begin", nodes, 1, "TRUNCATE plain; INSERT INTO plain VALUES (20, 'local')");
            await nodes.RoundAsync();
            await nodes.SettleAsync();
            Assert.Equal((remote, "(20,local)"), (remote, string.Join(' ', await nodes.AssertEqualAsync("plain"))));
        }
    }

    [Fact]
    public async Task A_deletion_of_what_somebody_is_just_inserting_loses_to_the_insert()
    {
        foreach (var roles in new[] { "ss", "sss" })
        {
            var (nodes, faults) = await StartAsync(roles, 500);
            await using var disposing = nodes;
            await using var open = await nodes[1].OpenAsync();
            await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (9, 'x'), (10, 'y'); DELETE FROM plain WHERE id = 9");
            // Both have something pending, so that the round decides key by key and the receiver logs what it gets.
            await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'other' WHERE id = 5");
            await using var begin = await open.BeginTransactionAsync();
            await using (var insert = open.CreateCommand())
            {
                insert.CommandText = "INSERT INTO plain VALUES (9, 'local')";
                await insert.ExecuteNonQueryAsync();
            }
            await nodes.RoundAsync();
            await begin.CommitAsync();
            await nodes.SettleAsync();
            Assert.Contains("(9,local)", await nodes.AssertEqualAsync("plain"));
        }
    }

    [Fact]
    public async Task Rows_that_a_TRUNCATE_leaves_stay_when_a_third_node_comes_later()
    {
        var (nodes, _) = await StartAsync("sss", 500);
        await using var disposing = nodes;
        await nodes.OnlineAsync(0, 1);
        await nodes.ExecuteAsync(0, "TRUNCATE plain");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'later' WHERE id = 3");
        await nodes.SettleAsync();
        await nodes.OnlineAsync(1, 2);
        await nodes.SettleAsync();
        Assert.Equal(["(3,later)"], await nodes.RowsAsync(2, "plain"));
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(3,later)"], await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task Rows_that_a_TRUNCATE_leaves_are_logged_as_what_they_were()
    {
        await using var nodes = await Nodes.CreateAsync("sss", "CREATE TABLE t (id int PRIMARY KEY, v text)", ["t(id)"], "n2 n1");
        await nodes.ExecuteAsync(1, "INSERT INTO t VALUES (1, 'first')");
        await nodes.OnlineAsync(0, 1);
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(1, "TRUNCATE t");
        await nodes.ExecuteAsync(0, "TRUNCATE t");
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'over the latest TRUNCATE')");
        await nodes.AllOnlineAsync();
        await nodes.RoundAsync();
        // Row 1 is in conflict with the TRUNCATE of n2, which n2 goes on holding after it has carried out the other; n3 had nothing.
        Assert.Equal(2, await LoggedAsync(1, "origin_xid > '1'"));
        Assert.Equal(3, await LoggedAsync(2, "origin_xid = '1'"));
        await nodes.SettleAsync();
        Assert.Empty(await nodes.AssertEqualAsync("t"));

        Task<int> LoggedAsync(int node, string condition) =>
            nodes[node].ScalarAsync<int>($"SELECT origin FROM bucardo_node.change_1 WHERE k1 = 1 AND seq > (SELECT max(seq) FROM bucardo_node.truncation) AND {condition} ORDER BY seq LIMIT 1");
    }

    [Fact]
    public async Task A_local_change_that_was_purged_meanwhile_is_not_overwritten_either()
    {
        var (nodes, faults) = await StartAsync("ss", 500);
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'remote' WHERE id = 1");
        // As if another service had taken the change to the other node, and that had said so.
        faults.WriteOnce("before-apply", nodes, 1, """
            UPDATE plain SET name = 'local' WHERE id = 1;
            DELETE FROM bucardo_node.change_1;
            UPDATE bucardo_node.captured SET purged = pg_current_xact_id();
            """);
        Assert.Equal("n2", Assert.Single((await nodes.RoundAsync()).Problems).Database);
        Assert.Contains("(1,local)", await nodes.RowsAsync(1, "plain"));
    }
}
