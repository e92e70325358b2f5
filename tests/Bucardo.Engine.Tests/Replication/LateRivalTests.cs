using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// An application writes a row after the round has looked, and what the round brings makes that row go: it is in the way of a better one, or refers to one that is deleted. The node decides that
/// itself, with the row as it is now.
/// </summary>
public class LateRivalTests
{
    /// <summary>The role that replicates; null: one that may act as a replica.</summary>
    protected virtual string? Role => null;

    [Theory]
    [InlineData(500)]
    [InlineData(0)]
    public async Task A_row_in_the_way_of_a_better_one_goes(int small)
    {
        var faults = new Faults();
        await using var nodes = await CreateAsync("CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE)", ["item(id)"], "bucardo_source", small, faults);
        await nodes.ExecuteAsync(0, "INSERT INTO item VALUES (8, 'wanted')");
        faults.WriteOnce("before-begin", nodes, 1, "INSERT INTO item VALUES (1, 'wanted')");
        await RoundAsync(nodes);
        await nodes.SettleAsync();
        Assert.Equal(["(8,wanted)"], await nodes.AssertEqualAsync("item"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("ON DELETE CASCADE", false)]
    [InlineData("ON DELETE SET NULL", true)]
    public async Task A_row_that_refers_to_one_that_goes_does_what_its_foreign_key_says(string rule, bool stays)
    {
        var faults = new Faults();
        await using var nodes = await CreateAsync(
            $"CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent {rule})", ["child(id)", "parent(id)"], "bucardo_latest", 500, faults);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "DELETE FROM parent");
        faults.WriteOnce("before-begin", nodes, 1, "INSERT INTO child VALUES (5, 1)");
        await RoundAsync(nodes);
        await nodes.SettleAsync();
        Assert.Empty(await nodes.AssertEqualAsync("parent"));
        Assert.Equal(stays ? ["(5,)"] : [], await nodes.AssertEqualAsync("child"));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(0)]
    public async Task A_row_does_not_lose_to_one_that_an_application_keeps_from_being_deleted(int small)
    {
        await using var nodes = await CreateAsync("CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE)", ["item(id)"], "bucardo_source", small, new Faults(), "sss");
        await nodes.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'wanted')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(2, "UPDATE item SET id = 2");
        await using (var holder = await nodes[1].OpenAsync())
        {
            await using var command = new NpgsqlCommand("BEGIN; SELECT FROM item FOR UPDATE", holder);
            await command.ExecuteNonQueryAsync();
            var round = await nodes.RoundAsync();
            Assert.Empty(round.Problems);
            Assert.Equal(2, round.Deferred);
        }
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["(2,wanted)"], await nodes.AssertEqualAsync("item"));
    }

    [Fact]
    public async Task A_row_does_not_lose_to_one_whose_deletion_waits_for_others()
    {
        const string schema = "CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item ON UPDATE CASCADE ON DELETE SET NULL)";
        await using var nodes = await CreateAsync(schema, ["part(id)", "item(id)"], "bucardo_source", 500, new Faults(), "sss");
        await nodes.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'wanted'), (5, 'five'); INSERT INTO part VALUES (10, 1)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(2, "UPDATE item SET id = 2 WHERE id = 1");
        // Somebody refers to it, and another row is in conflict, which the first node settles: until that is over, the second one deletes nothing that others refer to.
        await nodes.ExecuteAsync(1, "INSERT INTO part VALUES (11, 1); UPDATE item SET code = 'second' WHERE id = 5");
        await nodes.ExecuteAsync(0, "UPDATE item SET code = 'first' WHERE id = 5");
        await nodes.SettleAsync();
        Assert.Equal(["(2,wanted)", "(5,first)"], await nodes.AssertEqualAsync("item"));
        Assert.Equal(["(10,2)", "(11,)"], await nodes.AssertEqualAsync("part"));
    }

    [Fact]
    public async Task Tables_that_go_ways_of_their_own_do_not_wait_for_each_other_for_ever()
    {
        const string schema = """
            CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE);
            CREATE TABLE part (id int PRIMARY KEY, item int NOT NULL REFERENCES item ON UPDATE CASCADE, other int REFERENCES item ON UPDATE CASCADE);
            """;
        await using var nodes = await CreateAsync(schema, ["part(id)", "item(id)"], "bucardo_latest", 500, new Faults(), "sss");
        await nodes.ExecuteAsync(0, "INSERT INTO item VALUES (12, 'wanted'); INSERT INTO part VALUES (10, 12, 12)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO item VALUES (99, 'new'); INSERT INTO part VALUES (99, 99, 99)");
        // A copy brings each table on by itself.
        Assert.All(await nodes.CopyAsync(0, 1), c => Assert.Null(c.Problem));
        await nodes.ExecuteAsync(0, "UPDATE item SET id = 4 WHERE id = 12");
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["(4,wanted)", "(99,new)"], await nodes.AssertEqualAsync("item"));
        Assert.Equal(["(10,4,4)", "(99,99,99)"], await nodes.AssertEqualAsync("part"));
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.held"));
    }

    Task<Nodes> CreateAsync(string schema, string[] tables, string strategy, int small, Faults faults, string roles = "ss") =>
        Nodes.CreateAsync(roles, schema, tables, strategy, new SyncSessionOptions { Faults = faults, SmallRows = small }, role: Role);

    // Not for ever.
    static async Task RoundAsync(Nodes nodes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await nodes.RoundAsync(limit.Token);
    }
}
