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

    [Theory]
    [InlineData("st", "")]
    [InlineData("sss", "")]
    [InlineData("st", "ALTER TABLE plain ALTER id TYPE bigint; ")]
    public async Task A_node_of_version_6_learns_to_record_large_statements_and_keeps_what_waits(string roles, string change)
    {
        await using var nodes = await Nodes.CreateAsync(roles, "CREATE TABLE plain (id int PRIMARY KEY, name text)", ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (2, 'waits')");
        for (var i = 0; i < nodes.Count; i++)
            await nodes.ExecuteAsync(i, change + "DROP VIEW IF EXISTS bucardo_node.changes_1; DROP TABLE IF EXISTS bucardo_node.bulk_1; UPDATE bucardo_node.node SET version = 6");
        await nodes.PrepareAsync();
        await nodes.ExecuteAsync(0, $"INSERT INTO plain SELECT i + {(change.Length > 0 ? "4000000000" : "0")}, 'large' FROM generate_series(3, 3000) i");
        Assert.True(await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.bulk_1") > 0);
        await nodes.SettleAsync();
        Assert.Equal(3000, (await nodes.AssertEqualAsync("plain")).Count);
    }
}
