namespace Bucardo.Engine.Tests.Replication;

/// <summary>Whatever kind of rule keeps two rows apart, two nodes that break it together have a conflict, and end equal.</summary>
public class UniqueRulesTests
{
    protected virtual string? Role => null;

    public static TheoryData<string, string, string, string> Kinds() => new()
    {
        // The table, the row of the first node, the later row of the second one, what is left of both.
        { "CREATE TABLE r (id int PRIMARY KEY, email text); CREATE UNIQUE INDEX ON r (lower(email))", "(1, 'A@x')", "(2, 'a@X')", "(2,a@X)" },
        { "CREATE TABLE r (id int PRIMARY KEY, a text, b text); CREATE UNIQUE INDEX ON r ((a || '-' || b), (id % 2))", "(1, 'x', 'y')", "(3, 'x', 'y')", "(3,x,y)" },
        { "CREATE TABLE r (id int PRIMARY KEY, owner int, active bool); CREATE UNIQUE INDEX ON r (owner) WHERE active", "(1, 7, true)", "(2, 7, true)", "(2,7,t)" },
        { "CREATE TABLE r (id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&))", "(1, '[1,5)')", "(2, '[4,9)')", "(2,\"[4,9)\")" },
        { "CREATE TABLE r (id int PRIMARY KEY, a int, b int, UNIQUE NULLS NOT DISTINCT (a, b))", "(1, 1, NULL)", "(2, 1, NULL)", "(2,1,)" },
        { "CREATE TABLE r (id int PRIMARY KEY, u int UNIQUE DEFERRABLE)", "(1, 7)", "(2, 7)", "(2,7)" },
        { "CREATE TABLE r (id int PRIMARY KEY, u int UNIQUE DEFERRABLE INITIALLY DEFERRED)", "(1, 7)", "(2, 7)", "(2,7)" },
        { "CREATE TABLE r (id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&) DEFERRABLE)", "(1, '[1,5)')", "(2, '[4,9)')", "(2,\"[4,9)\")" },
        { "CREATE TABLE r (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a / 10) STORED UNIQUE)", "(1, 11)", "(2, 12)", "(2,12,1)" },
        { "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE r (id int PRIMARY KEY, u text COLLATE ci UNIQUE)", "(1, 'abc')", "(2, 'ABC')", "(2,ABC)" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_later_row_stays_and_the_other_goes_everywhere(string schema, string first, string second, string left)
    {
        await using var nodes = await Nodes.CreateAsync("sst", schema, ["r(id)"], role: Role);
        await nodes.ExecuteAsync(0, $"INSERT INTO r VALUES {first}");
        await nodes.ExecuteAsync(1, $"INSERT INTO r VALUES {second}");
        var result = await nodes.SettleAsync();
        Assert.Equal([left], await nodes.AssertEqualAsync("r"));
        Assert.True(result.Conflicts > 0);
    }

    [Theory]
    [InlineData("UNIQUE")]
    [InlineData("UNIQUE DEFERRABLE")]
    public async Task Rows_that_swap_their_values_are_no_conflict(string rule)
    {
        await using var nodes = await Nodes.CreateAsync("sst", $"CREATE TABLE s (id int PRIMARY KEY, u int {rule})", ["s(id)"], role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO s VALUES (1, 1), (2, 2), (3, 3)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE s SET u = -u; UPDATE s SET u = CASE id WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 1 END");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(1,2)", "(2,3)", "(3,1)"], await nodes.AssertEqualAsync("s"));
        Assert.Equal(0, result.Conflicts);
    }

    [Theory]
    [InlineData("UNIQUE", 500)]
    [InlineData("UNIQUE DEFERRABLE", 500)]
    [InlineData("UNIQUE DEFERRABLE", 0)]
    public async Task A_swap_that_meets_a_change_of_one_of_the_rows_ends_equal(string rule, int small)
    {
        await using var nodes = await Nodes.CreateAsync("sss", $"CREATE TABLE s (id int PRIMARY KEY, u int {rule}, name text)", ["s(id)"], options: new() { SmallRows = small }, role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO s VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE s SET u = -u; UPDATE s SET u = 3 + u WHERE id < 3; UPDATE s SET u = -u WHERE id = 3");
        await nodes.ExecuteAsync(1, "UPDATE s SET name = 'later' WHERE id = 1");
        await nodes.SettleAsync();
        // Row 1 still is what the second node made of it, so row 2 cannot have its value.
        Assert.Equal(["(1,1,later)", "(3,3,three)"], await nodes.AssertEqualAsync("s"));
    }

    [Fact]
    public async Task A_row_that_clashes_with_two_others_at_once_beats_both_or_goes()
    {
        const string schema = "CREATE TABLE w (id int PRIMARY KEY, u int UNIQUE, v int UNIQUE)";
        foreach (var last in new[] { true, false })
        {
            await using var nodes = await Nodes.CreateAsync("sss", schema, ["w(id)"], role: Role);
            if (!last) await nodes.ExecuteAsync(2, "INSERT INTO w VALUES (3, 1, 2)");
            await nodes.ExecuteAsync(0, "INSERT INTO w VALUES (1, 1, 10)");
            await nodes.ExecuteAsync(1, "INSERT INTO w VALUES (2, 20, 2)");
            if (last) await nodes.ExecuteAsync(2, "INSERT INTO w VALUES (3, 1, 2)");
            await nodes.SettleAsync();
            Assert.Equal(last ? ["(3,1,2)"] : ["(1,1,10)", "(2,20,2)"], await nodes.AssertEqualAsync("w"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" DEFERRABLE")]
    public async Task A_chain_of_clashes_goes_on_from_round_to_round(string deferrable)
    {
        await using var nodes = await Nodes.CreateAsync("ssst", $"CREATE TABLE c (id int PRIMARY KEY, u int UNIQUE{deferrable}, v int UNIQUE)", ["c(id)"], role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO c VALUES (1, 1, 10)");
        await nodes.ExecuteAsync(1, "INSERT INTO c VALUES (2, 2, 10)");
        await nodes.ExecuteAsync(2, "INSERT INTO c VALUES (3, 2, 30)");
        // First without the third node: 2 beats 1. Then 3 beats 2, which does not bring 1 back.
        await nodes.OnlineAsync(0, 1);
        await nodes.SettleAsync();
        Assert.Equal(["(2,2,10)"], await nodes.RowsAsync(0, "c"));
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(3,2,30)"], await nodes.AssertEqualAsync("c"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" DEFERRABLE")]
    public async Task Skip_leaves_the_rows_to_their_nodes_and_the_next_change_decides(string deferrable)
    {
        await using var nodes = await Nodes.CreateAsync("sss", $"CREATE TABLE k (id int PRIMARY KEY, u int UNIQUE{deferrable})", ["k(id)"], "bucardo_skip", role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO k VALUES (1, 10), (2, 20)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE k SET u = 7 WHERE id = 1; INSERT INTO k VALUES (5, 50)");
        await nodes.ExecuteAsync(1, "UPDATE k SET u = 7 WHERE id = 2");
        await nodes.OnlineAsync(0, 1);
        Assert.Equal(2, (await nodes.RoundAsync()).Conflicts);
        Assert.Equal(["(1,7)", "(2,20)", "(5,50)"], await nodes.RowsAsync(0, "k"));
        Assert.Equal(["(1,10)", "(2,7)", "(5,50)"], await nodes.RowsAsync(1, "k"));
        await nodes.AllOnlineAsync();
        await nodes.ExecuteAsync(0, "UPDATE k SET u = 11 WHERE id = 1");
        await nodes.ExecuteAsync(1, "UPDATE k SET u = 12 WHERE id = 2");
        await nodes.SettleAsync();
        Assert.Equal(["(1,11)", "(2,12)", "(5,50)"], await nodes.AssertEqualAsync("k"));
    }

    [Fact]
    public async Task Abort_stops_the_round_on_all_nodes_and_names_the_key()
    {
        await using var nodes = await Nodes.CreateAsync("sss", "CREATE TABLE k (id int PRIMARY KEY, u int UNIQUE)", ["k(id)"], "bucardo_abort", role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO k VALUES (1, 7)");
        await nodes.ExecuteAsync(1, "INSERT INTO k VALUES (2, 7)");
        var error = await Assert.ThrowsAsync<BucardoException>(() => nodes.RoundAsync());
        Assert.Equal("ConflictAbort", error.ErrorId);
        Assert.Empty(await nodes.RowsAsync(2, "k"));
        await nodes.ExecuteAsync(0, "DELETE FROM k WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Equal(["(2,7)"], await nodes.AssertEqualAsync("k"));
    }

    [Fact]
    public async Task A_rule_that_is_added_later_holds_from_the_next_round_on()
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE k (id int PRIMARY KEY, u int)", ["k(id)"], role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO k VALUES (9, 9)");
        await nodes.SettleAsync();
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, "ALTER TABLE k ADD UNIQUE (u) DEFERRABLE");
        await nodes.ExecuteAsync(0, "INSERT INTO k VALUES (1, 7)");
        await nodes.ExecuteAsync(1, "INSERT INTO k VALUES (2, 7)");
        await nodes.SettleAsync();
        Assert.Equal(["(2,7)", "(9,9)"], await nodes.AssertEqualAsync("k"));
    }
}
