namespace Bucardo.Engine.Tests.Replication;

/// <summary>Nodes that an earlier version of this software prepared are brought up to date when their sync is prepared, and go on from where they were.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task A_node_of_version_5_goes_on_from_where_it_was()
    {
        await using var nodes = await Nodes.CreateAsync("sss", "CREATE TABLE plain (id int PRIMARY KEY, name text)", ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        for (var i = 0; i < nodes.Count; i++)
            await nodes.ExecuteAsync(i, "ALTER TABLE bucardo_node.progress DROP COLUMN timeline_shared, DROP COLUMN is_incomplete; UPDATE bucardo_node.node SET version = 5");
        await nodes.PrepareAsync();
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (2, 'second')");
        var result = await nodes.SettleAsync();
        Assert.Equal((2, 0), (result.Inserts, result.Conflicts));
        Assert.Equal(["(1,first)", "(2,second)"], await nodes.AssertEqualAsync("plain"));
    }
}
