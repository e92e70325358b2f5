namespace Bucardo.Engine.Tests.Replication;

/// <summary>A node's files are put back to an older copy: it is refused, the others go on, and docs/operations.md brings it back.</summary>
public sealed class RestoreTests
{
    const string Schema = "CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE more (id int PRIMARY KEY, name text)";

    [OwnServersTheory]
    [InlineData("ss", 0, false)]
    [InlineData("ss", 0, true)]
    [InlineData("st", 1, false)]
    [InlineData("sss", 2, true)]
    [InlineData("sst", 2, false)]
    public async Task A_node_restored_from_an_older_copy_is_refused_and_comes_back_by_the_documented_way(string roles, int restored, bool goesOn)
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["plain(id)", "more(id)"], serverOf: i => i == restored ? cluster : null);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 20) i; INSERT INTO more VALUES (1, 'first')");
        await nodes.SettleAsync();
        await nodes.MaintainAsync();
        await cluster.StopAsync();
        await cluster.SaveFilesAsync();
        await cluster.StartAgainAsync();
        await nodes.AllOnlineAsync();
        for (var i = 0; i < roles.Length; i++)
            if (roles[i] == 's') await nodes.ExecuteAsync(i, $"INSERT INTO plain VALUES ({100 + i}, 'after the backup'); UPDATE plain SET name = 'changed' WHERE id = {i + 1}");
        await nodes.SettleAsync();
        await nodes.MaintainAsync();

        await cluster.StopAsync();
        await cluster.LoadFilesAsync();
        await cluster.StartAgainAsync();
        await nodes.AllOnlineAsync();
        // Whoever writes on passes the transaction ids that the others have seen.
        if (goesOn) for (var i = 0; i < 200; i++) await nodes.ExecuteAsync(restored, $"INSERT INTO more VALUES ({1000 + i}, 'after the restore')");
        if (roles.Length == 2)
        {
            var error = await Assert.ThrowsAsync<BucardoException>(() => nodes.RoundAsync());
            AssertExplains(error.Message, restored);
        }
        else
        {
            await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (200, 'meanwhile')");
            var problem = Assert.Single((await nodes.RoundAsync()).Problems);
            Assert.Equal($"n{restored + 1}", problem.Database);
            AssertExplains(problem.Message, restored);
            Assert.Contains("(200,meanwhile)", await nodes.RowsAsync(1, "plain"));
        }
        Assert.DoesNotContain("(100,\"after the backup\")", await nodes.RowsAsync(restored, "plain"));

        await BringBackAsync(nodes, restored);
        await nodes.ExecuteAsync(restored == 1 ? 0 : 1 - restored % 2, "UPDATE plain SET name = 'last' WHERE id = 7");
        if (roles[restored] == 's') await nodes.ExecuteAsync(restored, "INSERT INTO plain VALUES (300, 'back again')");
        await nodes.SettleAsync();
        Assert.Contains("(100,\"after the backup\")", await nodes.AssertEqualAsync("plain"));
        await nodes.AssertEqualAsync("more");
    }

    static void AssertExplains(string message, int restored)
    {
        Assert.Contains($"Database n{restored + 1} has gone back in time", message);
        Assert.Contains("docs/operations.md", message);
    }

    // docs/operations.md, "A database restored from a backup", step by step.
    static async Task BringBackAsync(Nodes nodes, int restored)
    {
        var all = nodes.Definition;
        // Out of the group, and its own bookkeeping away.
        if (all.Members.Count > 2) await nodes.UseDefinitionAsync(all with { Members = [.. all.Members.Where((_, i) => i != restored)] });
        await nodes.ExecuteAsync(restored, "DROP SCHEMA bucardo_node CASCADE");
        if (all.Members.Count == 2) await nodes.RemoveAsync(1 - restored);
        // In again, and the data of a good one.
        await nodes.UseDefinitionAsync(all);
        Assert.All(await nodes.CopyAsync(restored == 0 ? 1 : 0, restored), c => Assert.Equal((CopyOutcome.Copied, null), (c.Outcome, c.Problem)));
    }
}
