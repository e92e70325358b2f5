using Bucardo.Engine.Postgres;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Capture;

/// <summary>A change table that everybody has read gives its pages back; rounds pass tables without pages by.</summary>
public sealed class PurgeTests
{
    const string Size = "SELECT pg_relation_size('bucardo_node.change_1')";

    static async Task<Nodes> StartAsync()
    {
        var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE quiet (id int PRIMARY KEY, name text)", ["plain(id)", "quiet(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'x' FROM generate_series(1, 500) i");
        await nodes.SettleAsync();
        Assert.True(await nodes[0].ScalarAsync<long>(Size) > 0);
        return nodes;
    }

    // What peers have seen counts up to the oldest transaction that any database of the server has open.
    static async Task PurgeAsync(Nodes nodes)
    {
        for (var i = 0; i < 200 && await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1") > 0; i++)
        {
            await nodes.ExecuteAsync(0, $"INSERT INTO quiet VALUES ({i}, 'later') ON CONFLICT (id) DO UPDATE SET name = 'again'");
            await nodes.SettleAsync();
            await nodes.MaintainAsync();
        }
    }

    [Fact]
    public async Task An_emptied_change_table_has_no_pages_and_what_is_written_then_is_seen()
    {
        await using var nodes = await StartAsync();
        await PurgeAsync(nodes);
        Assert.Equal(0, await nodes[0].ScalarAsync<long>(Size));
        // Written before the round reads, committed after it.
        await using var connection = await nodes[0].OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("UPDATE plain SET name = 'late' WHERE id = 1", default);
            await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'early' WHERE id = 2");
            await nodes.RoundAsync();
            await transaction.CommitAsync();
        }
        await nodes.SettleAsync();
        var rows = await nodes.AssertEqualAsync("plain");
        Assert.Contains("(1,late)", rows);
        Assert.Contains("(2,early)", rows);
    }

    [Fact]
    public async Task A_change_table_in_use_is_left_as_it_is()
    {
        await using var nodes = await StartAsync();
        await using (var connection = await nodes[0].OpenAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("SELECT FROM bucardo_node.change_1", default);
            await PurgeAsync(nodes);
            Assert.True(await nodes[0].ScalarAsync<long>(Size) > 0);
        }
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'y' WHERE id = 1");
        await nodes.SettleAsync();
        await PurgeAsync(nodes);
        Assert.Equal(0, await nodes[0].ScalarAsync<long>(Size));
    }
}
