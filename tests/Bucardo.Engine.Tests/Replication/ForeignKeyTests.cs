namespace Bucardo.Engine.Tests.Replication;

/// <summary>A row is inserted on one node while the row that it refers to is deleted on another: no orphan is left anywhere, and all nodes are equal.</summary>
public class ForeignKeyTests
{
    protected virtual string? Role => null;

    static string Schema(string rule, string column = "parent int") => $"""
        CREATE TABLE parent (id int PRIMARY KEY, name text);
        CREATE TABLE child (id int PRIMARY KEY, {column} REFERENCES parent {rule}, note text);
        INSERT INTO parent VALUES (0, 'default');
        """;

    async Task<Nodes> StartAsync(string roles, string schema, string strategy = "bucardo_latest")
    {
        var nodes = await Nodes.CreateAsync(roles, schema, ["parent(id)", "child(id)"], strategy, role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1, 'one'), (2, 'two'); INSERT INTO child VALUES (5, 2, 'old')");
        await nodes.SettleAsync();
        return nodes;
    }

    [Theory]
    [InlineData("ss", "", "parent int", null)]
    [InlineData("sst", "", "parent int", null)]
    [InlineData("sst", "ON DELETE CASCADE", "parent int", null)]
    [InlineData("sst", "ON DELETE SET NULL", "parent int", "(10,,new)")]
    [InlineData("ss", "ON DELETE SET NULL", "parent int", "(10,,new)")]
    [InlineData("ss", "ON DELETE SET NULL", "parent int NOT NULL", null)]
    [InlineData("sst", "ON DELETE SET DEFAULT", "parent int DEFAULT 0", "(10,0,new)")]
    [InlineData("ss", "ON DELETE SET DEFAULT", "parent int DEFAULT 77", null)]
    [InlineData("ss", "ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED", "parent bigint", null)]
    public async Task The_deletion_wins_as_the_constraint_says(string roles, string rule, string column, string? left)
    {
        await using var nodes = await StartAsync(roles, Schema(rule, column));
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1, 'new'), (11, 2, 'new')");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(0,default)", "(2,two)"], await nodes.AssertEqualAsync("parent"));
        string[] others = ["(11,2,new)", "(5,2,old)"];
        Assert.Equal(left is null ? others : [left, .. others], await nodes.AssertEqualAsync("child"));
        Assert.True(result.Conflicts > 0);
        var kept = await nodes[0].QueryAsync("SELECT kind, key, constraint_name, loser_row ->> 'note', winner_row FROM bucardo_node.conflict WHERE kind = 'foreign key'");
        Assert.Equal(["foreign key", "[\"10\"]", "child_parent_fkey", "new", null], Assert.Single(kept));
    }

    [Fact]
    public async Task A_row_that_comes_to_refer_to_it_is_treated_alike()
    {
        await using var nodes = await StartAsync("sss", Schema("ON DELETE SET NULL"));
        await nodes.ExecuteAsync(1, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(2, "UPDATE child SET parent = 1, note = 'moved' WHERE id = 5");
        await nodes.SettleAsync();
        Assert.Equal(["(5,,moved)"], await nodes.AssertEqualAsync("child"));
    }

    [Fact]
    public async Task Orphans_take_their_own_children_along()
    {
        const string schema = """
            CREATE TABLE parent (a int, b text, PRIMARY KEY (b, a));
            CREATE TABLE child (id int PRIMARY KEY, a int, b text, FOREIGN KEY (a, b) REFERENCES parent (a, b) ON DELETE CASCADE);
            CREATE TABLE grand (id int PRIMARY KEY, child int REFERENCES child);
            CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree);
            """;
        await using var nodes = await Nodes.CreateAsync("sst", schema, ["grand(id)", "child(id)", "parent(b, a)", "tree(id)"], role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1, 'x'), (2, 'x'); INSERT INTO tree VALUES (1, NULL), (2, NULL)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE a = 1; DELETE FROM tree WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (1, 1, 'x'), (2, 2, 'x'), (3, NULL, 'x'); INSERT INTO grand VALUES (1, 1), (2, 2)");
        await nodes.ExecuteAsync(1, "INSERT INTO tree VALUES (10, 1), (11, 10), (12, 11), (20, 2)");
        await nodes.SettleAsync();
        Assert.Equal(["(2,2,x)", "(3,,x)"], await nodes.AssertEqualAsync("child"));
        Assert.Equal(["(2,2)"], await nodes.AssertEqualAsync("grand"));
        Assert.Equal(["(2,)", "(20,2)"], await nodes.AssertEqualAsync("tree"));
    }

    [Theory]
    [InlineData("0,2 1,2 0,1,2")]
    [InlineData("1,2 0,2 0,1,2")]
    [InlineData("0,2 0,1,2")]
    [InlineData("1,2 0,1 1,2")]
    public async Task Whatever_order_the_nodes_meet_in(string meetings)
    {
        await using var nodes = await StartAsync("sss", Schema("ON DELETE CASCADE"));
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1, 'new')");
        foreach (var meeting in meetings.Split(' '))
        {
            await nodes.OnlineAsync([.. meeting.Split(',').Select(int.Parse)]);
            await nodes.SettleAsync();
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(5,2,old)"], await nodes.AssertEqualAsync("child"));
        Assert.Equal(["(0,default)", "(2,two)"], await nodes.AssertEqualAsync("parent"));
    }

    [Fact]
    public async Task A_parent_that_is_there_again_keeps_its_children()
    {
        await using var nodes = await StartAsync("sss", Schema("ON DELETE CASCADE"));
        // By the node that deleted it.
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1, 'again')");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1, 'new')");
        await nodes.SettleAsync();
        Assert.Equal(["(10,1,new)", "(5,2,old)"], await nodes.AssertEqualAsync("child"));
        // By a third node, which had seen the deletion.
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 2");
        await nodes.OnlineAsync(0, 2);
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(2, "INSERT INTO parent VALUES (2, 'again')");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (20, 2, 'new')");
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(10,1,new)", "(20,2,new)"], await nodes.AssertEqualAsync("child"));
        Assert.Equal(["(0,default)", "(1,again)", "(2,again)"], await nodes.AssertEqualAsync("parent"));
    }

    [Fact]
    public async Task A_TRUNCATE_of_the_parents_takes_children_that_come_from_elsewhere()
    {
        await using var nodes = await StartAsync("sst", Schema(""));
        await nodes.ExecuteAsync(0, "TRUNCATE parent, child");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1, 'new')");
        await nodes.SettleAsync();
        Assert.Empty(await nodes.AssertEqualAsync("parent"));
        Assert.Empty(await nodes.AssertEqualAsync("child"));
    }

    [Fact]
    public async Task A_row_that_loses_its_unique_value_takes_its_children_along()
    {
        const string schema = "CREATE TABLE parent (id int PRIMARY KEY, name text UNIQUE); CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, note text)";
        await using var nodes = await StartAsync("sst", schema);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (7, 'taken'); INSERT INTO child VALUES (70, 7, 'goes')");
        await nodes.ExecuteAsync(1, "INSERT INTO parent VALUES (8, 'taken'); INSERT INTO child VALUES (80, 8, 'stays')");
        await nodes.SettleAsync();
        Assert.Equal(["(1,one)", "(2,two)", "(8,taken)"], await nodes.AssertEqualAsync("parent"));
        Assert.Equal(["(5,2,old)", "(80,8,stays)"], await nodes.AssertEqualAsync("child"));
    }

    [Theory]
    [InlineData("bucardo_source")]
    [InlineData("bucardo_skip")]
    public async Task Other_strategies_leave_no_orphans_either(string strategy)
    {
        await using var nodes = await StartAsync("sss", Schema(""), strategy);
        await nodes.ExecuteAsync(1, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(0, "INSERT INTO child VALUES (10, 1, 'new')");
        for (var i = 0; i < 3; i++) await nodes.RoundAsync();
        Assert.Equal(["(5,2,old)"], await nodes.AssertEqualAsync("child"));
    }

    [Fact]
    public async Task Abort_stops_the_round_and_leaves_both_nodes_as_they_are()
    {
        await using var nodes = await StartAsync("ss", Schema(""), "bucardo_abort");
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1, 'new')");
        Assert.Equal("ConflictAbort", (await Assert.ThrowsAsync<BucardoException>(() => nodes.RoundAsync())).ErrorId);
        Assert.Contains("(1,one)", await nodes.RowsAsync(1, "parent"));
        Assert.DoesNotContain("(10,1,new)", await nodes.RowsAsync(0, "child"));
    }
}
