namespace Bucardo.Engine.Tests.Replication;

/// <summary>The same where the role may not act as a replica: PostgreSQL enforces the foreign keys while rows are applied, and refuses what would leave an orphan.</summary>
public sealed class EnforcedForeignKeyTests
{
    static Task<Nodes> CreateAsync(string roles, string schema, string[] tables, int small = 500) =>
        Nodes.CreateAsync(roles, schema, tables, options: new() { SmallRows = small }, role: "plain_" + Guid.NewGuid().ToString("N")[..10]);

    [Theory]
    [InlineData("sst", "parent int REFERENCES parent", null)]
    [InlineData("ss", "parent int REFERENCES parent ON DELETE CASCADE", null)]
    [InlineData("ss", "parent int REFERENCES parent ON DELETE SET NULL", "(10,,new)")]
    [InlineData("ss", "parent int NOT NULL REFERENCES parent ON DELETE SET NULL", null)]
    [InlineData("ss", "parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED", null)]
    public async Task The_deletion_wins_as_the_constraint_says(string roles, string column, string? left)
    {
        await using var nodes = await CreateAsync(roles, $"CREATE TABLE parent (id int PRIMARY KEY, name text); CREATE TABLE child (id int PRIMARY KEY, {column}, note text)", ["child(id)", "parent(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1, 'one'), (2, 'two'); INSERT INTO child VALUES (5, 2, 'old')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1, 'new'), (11, 2, 'new')");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(2,two)"], await nodes.AssertEqualAsync("parent"));
        string[] others = ["(11,2,new)", "(5,2,old)"];
        Assert.Equal(left is null ? others : [left, .. others], await nodes.AssertEqualAsync("child"));
        Assert.True(result.Conflicts > 0);
        Assert.Equal(1, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict WHERE kind = 'foreign key' AND key = '[\"10\"]'"));
    }

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
}
