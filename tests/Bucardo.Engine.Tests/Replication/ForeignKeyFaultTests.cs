using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>No orphans, whatever goes wrong or comes in between; and no row is taken for an orphan because its parent has not come yet.</summary>
public class ForeignKeyFaultTests
{
    protected virtual string? Role => null;

    const string Schema = """
        CREATE TABLE parent (id int PRIMARY KEY, name text);
        CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED, note text);
        """;

    private protected async Task<(Nodes Nodes, Faults Faults)> StartAsync(string roles, long maximumChanges = 500_000)
    {
        var faults = new Faults();
        var nodes = await Nodes.CreateAsync(roles, Schema, ["child(id)", "parent(id)"], options: new SyncSessionOptions { Faults = faults }, maximumChanges: maximumChanges, role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1, 'one'), (2, 'two'); INSERT INTO child VALUES (5, 2, 'old')");
        await nodes.SettleAsync();
        return (nodes, faults);
    }

    static async Task AssertSettledAsync(Nodes nodes)
    {
        await nodes.SettleAsync();
        Assert.Equal(["(2,two)"], await nodes.AssertEqualAsync("parent"));
        Assert.Equal(["(5,2,old)"], await nodes.AssertEqualAsync("child"));
        for (var i = 0; i < nodes.Count; i++) Assert.Equal(0, await nodes[i].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.suspect"));
    }

    [Theory]
    [InlineData("n1", "before-commit")]
    [InlineData("n2", "before-commit")]
    [InlineData("n2", "after-finish")]
    [InlineData("n3", "before-commit")]
    public async Task A_node_that_fails_in_the_middle_comes_to_the_same_end(string node, string point)
    {
        var (nodes, faults) = await StartAsync("sss");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (10, 1, 'new')");
        faults.Once(point, node, () => throw new IOException("lost"));
        Assert.Single((await nodes.RoundAsync()).Problems);
        await nodes.MaintainAsync();
        await AssertSettledAsync(nodes);
    }

    [Fact]
    public async Task A_row_that_comes_before_its_parent_in_a_backlog_is_no_orphan()
    {
        var (nodes, _) = await StartAsync("sss", maximumChanges: 4);
        await using var disposing = nodes;
        // There is a deletion of the parent in every log, and then it comes again, after its children.
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(1, "BEGIN; INSERT INTO child SELECT i, 1, 'new' FROM generate_series(10, 25) i; INSERT INTO parent VALUES (1, 'again'); COMMIT");
        await nodes.SettleAsync();
        Assert.Equal(17, (await nodes.AssertEqualAsync("child")).Count);
        Assert.Contains("(1,again)", await nodes.AssertEqualAsync("parent"));
    }

    [Fact]
    public async Task Orphans_in_a_backlog_are_settled_at_its_end()
    {
        var (nodes, _) = await StartAsync("sst", maximumChanges: 4);
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.ExecuteAsync(1, "INSERT INTO child SELECT i, 1, 'new' FROM generate_series(10, 25) i");
        await AssertSettledAsync(nodes);
    }

    [Fact]
    public async Task Somebody_who_is_just_inserting_a_child_ends_without_an_orphan()
    {
        var (nodes, _) = await StartAsync("ss");
        await using var disposing = nodes;
        await using var open = await nodes[1].OpenAsync();
        await using var transaction = await open.BeginTransactionAsync();
        await using (var insert = open.CreateCommand())
        {
            insert.CommandText = "INSERT INTO child VALUES (10, 1, 'new'); SET CONSTRAINTS ALL IMMEDIATE";
            await insert.ExecuteNonQueryAsync();
        }
        await nodes.ExecuteAsync(0, "DELETE FROM parent WHERE id = 1");
        await nodes.RoundAsync();
        await transaction.CommitAsync();
        await AssertSettledAsync(nodes);
    }

    [Theory]
    [InlineData("before-begin", 1, "INSERT INTO child VALUES (10, 1, 'new')", 0, "DELETE FROM parent WHERE id = 1")]
    [InlineData("before-apply", 1, "INSERT INTO child VALUES (10, 1, 'new')", 0, "DELETE FROM parent WHERE id = 1")]
    [InlineData("before-begin", 1, "DELETE FROM parent WHERE id = 1", 0, "INSERT INTO child VALUES (10, 1, 'new')")]
    [InlineData("before-finish", 1, "DELETE FROM parent WHERE id = 1", 0, "INSERT INTO child VALUES (10, 1, 'new')")]
    public async Task What_comes_in_the_middle_of_a_round_is_seen(string point, int late, string then, int early, string first)
    {
        var (nodes, faults) = await StartAsync("sst");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(early, first);
        faults.WriteOnce(point, nodes, late, then);
        await nodes.RoundAsync();
        await AssertSettledAsync(nodes);
    }

    [Fact]
    public virtual async Task A_parent_that_nobody_has_ever_seen_here_makes_no_orphans()
    {
        var (nodes, _) = await StartAsync("ss");
        await using var disposing = nodes;
        // The databases were not equal at the start: what is missing was never deleted.
        await nodes.ExecuteAsync(1, "SET session_replication_role = replica; INSERT INTO parent VALUES (9, 'unknown to the first')");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (90, 9, 'new')");
        await nodes.SettleAsync();
        Assert.Contains("(90,9,new)", await nodes.AssertEqualAsync("child"));
    }
}
