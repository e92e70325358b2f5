namespace Bucardo.Engine.Tests.Replication;

/// <summary>What takes more than an order where the role may not act as a replica, so that PostgreSQL enforces the foreign keys while rows are applied.</summary>
public sealed class EnforcedForeignKeyTests
{
    static Task<Nodes> CreateAsync(string roles, string schema, string[] tables, int small = 500, long maximumChanges = 500_000) =>
        Nodes.CreateAsync(roles, schema, tables, options: new() { SmallRows = small }, maximumChanges: maximumChanges, role: OrdinaryRole.Name);

    [Theory]
    [InlineData(500)]
    [InlineData(0)]
    public async Task Orphans_take_their_own_children_along_and_nobody_else(int small)
    {
        const string schema = """
            CREATE TABLE parent (id int PRIMARY KEY);
            CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
            CREATE TABLE grand (id int PRIMARY KEY, child int REFERENCES child);
            CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree);
            """;
        await using var nodes = await CreateAsync("ss", schema, ["grand(id)", "child(id)", "parent(id)", "tree(id)"], small);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1), (2); INSERT INTO tree VALUES (1, NULL), (2, NULL)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1; DELETE FROM tree WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (1, 1), (2, 2); INSERT INTO grand VALUES (1, 1), (2, 2); INSERT INTO tree VALUES (10, 1), (11, 10), (12, 11), (20, 2), (21, 20)");
        await nodes.SettleAsync();
        Assert.Equal(["(2,2)"], await nodes.AssertEqualAsync("child"));
        Assert.Equal(["(2,2)"], await nodes.AssertEqualAsync("grand"));
        Assert.Equal(["(2,)", "(20,2)", "(21,20)"], await nodes.AssertEqualAsync("tree"));
    }

    // A table outside the sync refers to the rows too, and rows refer to that one.
    static string Referring(string rule) => $"""
        CREATE TABLE item (id int PRIMARY KEY, code int NOT NULL UNIQUE, serial int GENERATED ALWAYS AS IDENTITY);
        CREATE TABLE part (id int PRIMARY KEY, item int DEFAULT 9 REFERENCES item {rule}, twice int GENERATED ALWAYS AS (id * 2) STORED);
        CREATE TABLE outside (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item int DEFAULT 9 REFERENCES item {rule});
        CREATE TABLE far (id int PRIMARY KEY, outside int REFERENCES outside ON DELETE CASCADE);
        INSERT INTO item OVERRIDING SYSTEM VALUE VALUES (1, 10, 1), (2, 20, 2), (9, 90, 9);
        INSERT INTO part VALUES (1, 1), (2, 2), (3, 2);
        INSERT INTO outside (item) VALUES (1), (2), (2);
        INSERT INTO far VALUES (1, 1), (2, 3);
        """;

    static async Task AssertUntouchedAsync(Nodes nodes)
    {
        Assert.Equal(["(1,1,2)", "(2,2,4)", "(3,2,6)"], await nodes.AssertEqualAsync("part"));
        Assert.Equal(["(1,1)", "(2,2)", "(3,2)"], await nodes.AssertEqualAsync("outside"));
        Assert.Equal(["(1,1)", "(2,3)"], await nodes.AssertEqualAsync("far"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ON DELETE RESTRICT")]
    [InlineData("ON DELETE CASCADE")]
    [InlineData("ON DELETE SET NULL")]
    [InlineData("ON DELETE SET DEFAULT")]
    [InlineData("DEFERRABLE")]
    public async Task Values_change_places_under_what_refers_to_the_rows(string rule)
    {
        await using var nodes = await CreateAsync("sst", Referring(rule), ["part(id)", "item(id)"]);
        await nodes.ExecuteAsync(0, "UPDATE item SET code = -code; UPDATE item SET code = CASE id WHEN 1 THEN 20 WHEN 2 THEN 10 ELSE -code END");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(1,20,1)", "(2,10,2)", "(9,90,9)"], await nodes.AssertEqualAsync("item"));
        Assert.Equal(0, result.Conflicts);
        await AssertUntouchedAsync(nodes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ON DELETE RESTRICT")]
    [InlineData("ON DELETE CASCADE")]
    public async Task A_GENERATED_ALWAYS_identity_changes_under_what_refers_to_the_row(string rule)
    {
        await using var nodes = await CreateAsync("ss", Referring(rule), ["part(id)", "item(id)"]);
        await nodes.ExecuteAsync(0, "UPDATE item SET serial = DEFAULT WHERE id = 2");
        var serial = await nodes[0].ScalarAsync<int>("SELECT serial FROM item WHERE id = 2");
        await nodes.SettleAsync();
        Assert.Contains($"(2,20,{serial})", await nodes.AssertEqualAsync("item"));
        await AssertUntouchedAsync(nodes);
    }

    [Theory]
    [InlineData("ON UPDATE CASCADE")]
    [InlineData("ON UPDATE CASCADE ON DELETE CASCADE")]
    [InlineData("ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED")]
    public async Task A_key_changes_and_what_refers_to_it_follows(string rule)
    {
        await using var nodes = await CreateAsync("sst", Referring(rule), ["part(id)", "item(id)"]);
        for (var i = 0; i < 3; i++) await nodes.ExecuteAsync(i, "DELETE FROM far; DELETE FROM outside");
        await nodes.ExecuteAsync(0, "UPDATE item SET id = 5 WHERE id = 2");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(1,10,1)", "(5,20,2)", "(9,90,9)"], await nodes.AssertEqualAsync("item"));
        Assert.Equal(["(1,1,2)", "(2,5,4)", "(3,5,6)"], await nodes.AssertEqualAsync("part"));
        Assert.Equal(0, result.Conflicts);
    }

    const string Family = """
        CREATE TABLE parent (id int PRIMARY KEY, name text);
        CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, note text);
        INSERT INTO parent VALUES (1, 'one'), (2, 'two');
        INSERT INTO child VALUES (10, 1, 'old');
        """;

    [Theory]
    [InlineData("ss")]
    [InlineData("st")]
    [InlineData("sst")]
    public async Task A_row_that_comes_in_an_earlier_step_than_its_parent_waits_for_it(string roles)
    {
        await using var nodes = await CreateAsync(roles, Family, ["child(id)", "parent(id)"], maximumChanges: 4);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (3, 'three'); INSERT INTO child SELECT i, 3, 'new' FROM generate_series(20, 22) i");
        await nodes.ExecuteAsync(0, "INSERT INTO child SELECT i, 1, 'new' FROM generate_series(30, 40) i");
        // Its change is the last one, and with it comes the row.
        await nodes.ExecuteAsync(0, "UPDATE parent SET name = 'changed' WHERE id = 3");
        var result = await nodes.SettleAsync();
        Assert.Contains("(3,changed)", await nodes.AssertEqualAsync("parent"));
        Assert.Equal(15, (await nodes.AssertEqualAsync("child")).Count);
        Assert.Equal(0, result.Conflicts);
    }

    [Fact]
    public async Task A_deletion_that_comes_in_an_earlier_step_than_what_its_children_became_waits_for_it()
    {
        await using var nodes = await CreateAsync("ss", Family, ["child(id)", "parent(id)"], maximumChanges: 4);
        await nodes.ExecuteAsync(0, "UPDATE child SET parent = 2; DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(0, "INSERT INTO child SELECT i, 2, 'new' FROM generate_series(30, 40) i");
        await nodes.ExecuteAsync(0, "UPDATE child SET note = 'moved' WHERE id = 10");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(2,two)"], await nodes.AssertEqualAsync("parent"));
        Assert.Contains("(10,2,moved)", await nodes.AssertEqualAsync("child"));
        Assert.Equal(0, result.Conflicts);
    }

    [Fact]
    public async Task A_default_that_goes_itself_keeps_no_row()
    {
        const string schema = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int DEFAULT 1 REFERENCES parent ON DELETE SET DEFAULT); INSERT INTO parent VALUES (1), (2)";
        await using var nodes = await CreateAsync("ss", schema, ["child(id)", "parent(id)"]);
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1), (20, 2)");
        await nodes.SettleAsync();
        Assert.Equal(["(20,2)"], await nodes.AssertEqualAsync("child"));
        Assert.Equal(["(2)"], await nodes.AssertEqualAsync("parent"));
    }

    [Theory]
    [InlineData("parent(id)", "child(id)")]
    [InlineData("child(id)", "parent(id)")]
    public async Task A_TRUNCATE_of_tables_that_refer_to_each_other_arrives_in_any_order(string first, string second)
    {
        await using var nodes = await CreateAsync("sst", Family, [first, second]);
        await nodes.ExecuteAsync(0, "TRUNCATE parent, child; INSERT INTO parent VALUES (1, 'again'), (7, 'seven'); INSERT INTO child VALUES (70, 7, 'new')");
        await nodes.SettleAsync();
        Assert.Equal(["(1,again)", "(7,seven)"], await nodes.AssertEqualAsync("parent"));
        Assert.Equal(["(70,7,new)"], await nodes.AssertEqualAsync("child"));
        await nodes.ExecuteAsync(1, "TRUNCATE parent, child");
        Assert.Equal(0, (await nodes.RoundAsync()).Deferred);
        Assert.Empty(await nodes.AssertEqualAsync("parent"));
        Assert.Empty(await nodes.AssertEqualAsync("child"));
    }

    [Fact]
    public async Task Rows_of_two_tables_refer_to_each_other_in_turn_and_in_a_circle()
    {
        const string schema = """
            CREATE TABLE a (id int PRIMARY KEY, b int);
            CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
            ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
            """;
        await using var nodes = await CreateAsync("ss", schema, ["a(id)", "b(id)"]);
        // A chain through both tables, and a circle.
        await nodes.ExecuteAsync(0, "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); INSERT INTO a VALUES (2, 1); INSERT INTO b VALUES (2, 2); INSERT INTO a VALUES (3, 2)");
        await nodes.ExecuteAsync(0, "INSERT INTO a VALUES (8, NULL); INSERT INTO b VALUES (9, 8); UPDATE a SET b = 9 WHERE id = 8");
        await nodes.SettleAsync();
        Assert.Equal(["(1,)", "(2,1)", "(3,2)", "(8,9)"], await nodes.AssertEqualAsync("a"));
        Assert.Equal(["(1,1)", "(2,2)", "(9,8)"], await nodes.AssertEqualAsync("b"));
        await nodes.ExecuteAsync(0, "DELETE FROM a WHERE id = 3; DELETE FROM b WHERE id = 2; DELETE FROM a WHERE id = 2; DELETE FROM b WHERE id = 1; DELETE FROM a WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Equal(["(8,9)"], await nodes.AssertEqualAsync("a"));
        Assert.Equal(["(9,8)"], await nodes.AssertEqualAsync("b"));
    }
}
