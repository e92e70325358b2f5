using Bucardo.Engine.Replication;

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

    Task<Nodes> CreateAsync(string schema, string[] tables, string strategy, int small, Faults faults) =>
        Nodes.CreateAsync("ss", schema, tables, strategy, new SyncSessionOptions { Faults = faults, SmallRows = small }, role: Role);

    // Not for ever.
    static async Task RoundAsync(Nodes nodes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await nodes.RoundAsync(limit.Token);
    }
}
