using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Tests.Replication.Hooks;

/// <summary>A function of the databases decides conflicts: it names the winner or makes the row; what it fails at waits, on all nodes, and nothing is lost.</summary>
public sealed class SqlFunctionTests
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text, n numeric CHECK (n < 1000)); CREATE TABLE u (id int PRIMARY KEY, v text)";

    // The greatest n wins; a deletion counts for nothing.
    const string Greatest = "RETURN (SELECT jsonb_build_object('winner', v ->> 'database') FROM jsonb_array_elements(c -> 'versions') v ORDER BY (v -> 'row' ->> 'n')::numeric DESC NULLS LAST LIMIT 1);";

    const string Sum = """
        RETURN jsonb_build_object('row', jsonb_build_object('n', (SELECT sum((v -> 'row' ->> 'n')::numeric) FROM jsonb_array_elements(c -> 'versions') v),
            'v', (SELECT string_agg(v -> 'row' ->> 'v', '+' ORDER BY v ->> 'database') FROM jsonb_array_elements(c -> 'versions') v)));
        """;

    static string Function(string body) => $"""
        CREATE SCHEMA IF NOT EXISTS shop;
        CREATE OR REPLACE FUNCTION shop.decide(c jsonb) RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN {body} END $$
        """;

    static async Task<Nodes> CreateAsync(string body, string roles = "sst", SyncSessionOptions? options = null, TimeSpan? timeout = null, string? role = null)
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, ["t(id)", "u(id)"], options: options, role: role);
        await UseAsync(nodes, body);
        for (var i = 0; role is not null && i < nodes.Count; i++) await nodes.ExecuteAsync(i, $"GRANT USAGE ON SCHEMA shop TO {role}");
        await nodes.UseCodeAsync(new ConflictCode("decide", CustomCodeLanguage.Sql, "shop.decide", timeout ?? TimeSpan.FromSeconds(20)));
        return nodes;
    }

    static async Task UseAsync(Nodes nodes, string body)
    {
        for (var i = 0; i < nodes.Count; i++) await nodes.ExecuteAsync(i, Function(body));
    }

    static async Task ContradictAsync(Nodes nodes, int id = 1)
    {
        await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({id}, 'n1', 300)");
        await nodes.ExecuteAsync(1, $"INSERT INTO t VALUES ({id}, 'n2', 20)");
    }

    [Theory]
    [InlineData("sst")]
    [InlineData("ss")]
    [InlineData("sss")]
    public async Task The_function_names_the_winner_and_that_is_in_the_history(string roles)
    {
        await using var nodes = await CreateAsync(Greatest, roles);
        await ContradictAsync(nodes);
        if (roles == "sss") await nodes.ExecuteAsync(2, "INSERT INTO t VALUES (1, 'n3', 200)");
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal("(1,n1,300)", Assert.Single(await nodes.AssertEqualAsync("t")));
        Assert.Equal(roles == "sss" ? "bucardo_custom(decide): 1 over 2, bucardo_custom(decide): 1 over 3" : "bucardo_custom(decide): 1 over 2",
            await nodes[0].ScalarAsync<string>("SELECT string_agg(concat(strategy, ': ', winner_origin, ' over ', loser_origin), ', ' ORDER BY loser_origin) FROM bucardo_node.conflict"));
    }

    [Fact]
    public async Task The_function_makes_the_row_of_all_versions()
    {
        await using var nodes = await CreateAsync(Sum, "sss");
        await ContradictAsync(nodes);
        await nodes.ExecuteAsync(2, "INSERT INTO t VALUES (1, 'n3', 1)");
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal("(1,n1+n2+n3,321)", Assert.Single(await nodes.AssertEqualAsync("t")));
        Assert.Equal(2, await nodes[2].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict WHERE outcome = 'merged' AND result_row ->> 'n' = '321'"));
    }

    [Fact]
    public async Task An_update_and_a_deletion_are_versions_like_any_other()
    {
        await using var nodes = await CreateAsync(
            "RETURN (SELECT jsonb_build_object('winner', v ->> 'database') FROM jsonb_array_elements(c -> 'versions') v WHERE (v ->> 'deleted')::boolean = (c -> 'key' ->> 'id' = '1'));");
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'old', 0), (2, 'old', 0)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "DELETE FROM t");
        await nodes.ExecuteAsync(1, "UPDATE t SET v = 'new'");
        await nodes.SettleAsync();
        Assert.Equal("(2,new,0)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }

    [Theory]
    [InlineData("RAISE EXCEPTION 'no idea';", "it failed: no idea (P0001)")]
    [InlineData("PERFORM pg_catalog.pg_sleep(60); RETURN c;", "it did not answer within 300ms")]
    [InlineData("RETURN NULL;", "it returned NULL")]
    [InlineData("RETURN '[]';", "it returned [] instead of")]
    [InlineData("RETURN '{\"winner\": \"n9\"}';", "it names 'n9' as the winner, but the versions are those of n2 and n1")]
    [InlineData("RETURN '{\"row\": {\"w\": 1}}';", "it returned a column w, which the table does not have")]
    [InlineData("RETURN '{\"row\": {\"id\": 2}}';", "it changed column id, which is part of the key")]
    [InlineData("RETURN '{\"row\": {\"n\": \"many\"}}';", "the table refuses the row that it made: invalid input syntax for type numeric")]
    [InlineData("RETURN '{\"row\": {\"n\": 1000}}';", "the table refuses the row that it made: new row for relation \"t\" violates check constraint")]
    [InlineData("DELETE FROM public.t; RETURN c;", "cannot execute DELETE in a read-only transaction")]
    public async Task What_it_cannot_decide_waits_and_everything_else_goes_on_until_it_is_mended(string body, string reason)
    {
        await using var nodes = await CreateAsync(body, timeout: TimeSpan.FromMilliseconds(300));
        await ContradictAsync(nodes);
        for (var round = 0; round < 3; round++)
        {
            await nodes.ExecuteAsync(0, $"INSERT INTO u VALUES ({round}, 'goes on'); INSERT INTO t VALUES ({round + 10}, 'goes on', 0)");
            var result = await nodes.RoundAsync();
            Assert.Empty(result.Problems);
            Assert.Equal(0, result.Deferred);
            var waiting = Assert.Single(result.Waiting);
            Assert.Equal(("1", "n2"), (waiting.Key, waiting.Database));
            Assert.StartsWith("Custom code decide of sync sync1 could not decide the conflict of key (1) in table public.t on database n2: ", waiting.Reason);
            Assert.Contains(reason, waiting.Reason);
        }
        Assert.Equal(3, (await nodes.AssertEqualAsync("u")).Count);
        Assert.Equal("(1,n1,300)", (await nodes.RowsAsync(0, "t"))[0]);
        Assert.Equal("(1,n2,20)", (await nodes.RowsAsync(1, "t"))[0]);
        Assert.Equal(3, (await nodes.RowsAsync(2, "t")).Count);

        await UseAsync(nodes, Greatest);
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Empty((await nodes.RoundAsync()).Waiting);
        Assert.Equal("(1,n1,300)", (await nodes.AssertEqualAsync("t"))[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_the_table_refuses_keeps_no_other_from_being_settled(bool ordinaryRole)
    {
        await using var nodes = await CreateAsync(Sum, role: ordinaryRole ? OrdinaryRole.Name : null);
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'n1', 900), (2, 'n1', 1), (3, 'n1', 2)");
        await nodes.ExecuteAsync(1, "INSERT INTO t VALUES (1, 'n2', 900), (2, 'n2', 3), (3, 'n2', 4)");
        var result = await nodes.RoundAsync();
        Assert.Equal("1", Assert.Single(result.Waiting).Key);
        Assert.Equal(["(2,n1+n2,4)", "(3,n1+n2,6)"], await nodes.RowsAsync(2, "t"));
        await nodes.ExecuteAsync(1, "UPDATE t SET n = 9 WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Equal(["(1,n1+n2,909)", "(2,n1+n2,4)", "(3,n1+n2,6)"], await nodes.AssertEqualAsync("t"));
    }

    [Theory]
    [InlineData("before-decide", 1)]
    [InlineData("after-decide", 1)]
    [InlineData("before-settle", 0)]
    [InlineData("after-settle", 0)]
    [InlineData("before-commit", 0)]
    [InlineData("before-commit", 1)]
    [InlineData("before-record", 2)]
    public async Task What_is_settled_stays_so_whoever_fails(string point, int node)
    {
        var faults = new Faults();
        await using var nodes = await CreateAsync(Greatest, options: new SyncSessionOptions { Faults = faults });
        await ContradictAsync(nodes);
        faults.Once(point, $"n{node + 1}", () => throw new IOException("lost"));
        await nodes.RoundAsync();
        Assert.Contains((point, $"n{node + 1}"), faults.Reached);
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal("(1,n1,300)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }

    [Fact]
    public async Task A_conflict_that_waits_meets_the_changes_that_come_meanwhile_and_nodes_that_were_away()
    {
        await using var nodes = await CreateAsync("RAISE EXCEPTION 'no idea';", "sss");
        await ContradictAsync(nodes);
        await nodes.OnlineAsync(0, 1);
        Assert.Single((await nodes.RoundAsync()).Waiting);
        await nodes.ExecuteAsync(1, "UPDATE t SET n = 400 WHERE id = 1");
        await nodes.OnlineAsync(1, 2);
        await nodes.RoundAsync();
        await UseAsync(nodes, Greatest);
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal("(1,n2,400)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }

    [Fact]
    public async Task In_the_steps_of_a_backlog_it_decides_as_well()
    {
        await using var nodes = await Nodes.CreateAsync("sst", Schema, ["t(id)", "u(id)"], maximumChanges: 3);
        await UseAsync(nodes, Greatest);
        await nodes.UseCodeAsync(new ConflictCode("decide", CustomCodeLanguage.Sql, "shop.decide", TimeSpan.FromSeconds(20)));
        for (var i = 1; i <= 10; i++) await ContradictAsync(nodes, i);
        await nodes.SettleAsync();
        Assert.Equal(10, (await nodes.AssertEqualAsync("t")).Count(r => r.Contains("n1")));
    }

    [Fact]
    public async Task Counters_add_up_whatever_it_decides()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, ["t(id) counters n"]);
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'old', 100)");
        await nodes.SettleAsync();
        await UseAsync(nodes, "RETURN jsonb_build_object('winner', 'n1');");
        await nodes.UseCodeAsync(new ConflictCode("decide", CustomCodeLanguage.Sql, "shop.decide", TimeSpan.FromSeconds(20)));
        await nodes.ExecuteAsync(0, "UPDATE t SET v = 'n1', n = n + 10");
        await nodes.ExecuteAsync(1, "UPDATE t SET v = 'n2', n = n + 5");
        await nodes.SettleAsync();
        Assert.Equal("(1,n1,115)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }
}
