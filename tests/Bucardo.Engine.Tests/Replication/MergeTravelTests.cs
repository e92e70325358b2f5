using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>The state of a row that is merged travels with the row, on every way that rows go.</summary>
public sealed class MergeTravelTests
{
    const string Schema = "CREATE TABLE account (id int PRIMARY KEY, name text, balance bigint)";
    const string Account = "account(id) merge counters balance";

    // The states of rows that exist, on each node that keeps any: all the same.
    static async Task<IReadOnlyList<string>> AssertStatesAsync(Nodes nodes, string roles)
    {
        const string states = "SELECT k1 || ' ' || (state - 'l') || CASE WHEN gone IS NULL THEN '' ELSE ' gone' END FROM bucardo_node.merge_1 ORDER BY k1";
        var first = (await nodes[0].QueryAsync(states)).Select(r => (string)r[0]!).ToList();
        for (var i = 1; i < nodes.Count; i++)
            if (roles.Length > 2 || roles[i] == 's') Assert.Equal(first, (await nodes[i].QueryAsync(states)).Select(r => (string)r[0]!));
        return first;
    }

    [Theory]
    [InlineData("ss", 500)]
    [InlineData("ss", 2)]
    [InlineData("sst", 500)]
    [InlineData("sst", 2)]
    [InlineData("st", 2)]
    public async Task States_are_equal_where_rows_are(string roles, int smallRows)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Schema, [Account], options: new() { SmallRows = smallRows });
        await nodes.ExecuteAsync(0, "INSERT INTO account SELECT i, 'first', 10 FROM generate_series(1, 6) i");
        await nodes.SettleAsync();
        Assert.Equal(6, (await AssertStatesAsync(nodes, roles)).Count);
        var other = roles[1] == 's' ? 1 : 0;
        await nodes.ExecuteAsync(other, "UPDATE account SET balance = balance + 5 WHERE id < 5; UPDATE account SET name = 'other' WHERE id = 2; DELETE FROM account WHERE id = 3; UPDATE account SET id = 40 WHERE id = 4");
        await nodes.ExecuteAsync(0, "UPDATE account SET name = 'mine' WHERE id = 6");
        await nodes.SettleAsync();
        var states = await AssertStatesAsync(nodes, roles);
        Assert.Equal(7, states.Count);
        Assert.Contains(states, s => s.StartsWith("3 ", StringComparison.Ordinal) && s.EndsWith(" gone", StringComparison.Ordinal));
        await nodes.AssertEqualAsync("account");
        // What goes on where the row came to goes on from its state.
        await nodes.ExecuteAsync(0, "UPDATE account SET balance = balance + 1 WHERE id = 1; INSERT INTO account VALUES (3, 'back', 30)");
        await nodes.SettleAsync();
        await AssertStatesAsync(nodes, roles);
        Assert.Equal(["16", "30"], (await nodes[other].QueryAsync("SELECT (SELECT sum(e.value::numeric) FROM jsonb_each(state->'c'->'balance') e)::text FROM bucardo_node.merge_1 WHERE k1 IN (1, 3) ORDER BY k1")).Select(r => (string)r[0]!));
    }

    [Fact]
    public async Task A_TRUNCATE_starts_all_states_anew()
    {
        await using var nodes = await Nodes.CreateAsync("sss", Schema, [Account]);
        await nodes.ExecuteAsync(0, "INSERT INTO account SELECT i, 'first', 10 FROM generate_series(1, 6) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(1, "TRUNCATE account; INSERT INTO account VALUES (1, 'second', 7)");
        await nodes.SettleAsync();
        Assert.Single(await AssertStatesAsync(nodes, "sss"));
        Assert.Equal(["(1,second,7)"], await nodes.AssertEqualAsync("account"));
    }

    [Fact]
    public async Task A_sync_that_does_not_merge_makes_a_row_start_from_its_value_where_another_one_merges_it()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, [Account]);
        await nodes.ExecuteAsync(0, "INSERT INTO account VALUES (1, 'first', 10)");
        await nodes.SettleAsync();
        var plain = nodes.Definition with
        {
            Sync = nodes.Definition.Sync with { Id = 2, Name = "sync2" },
            Tables = [.. nodes.Definition.Tables.Select(t => t with { MergeColumns = false, Counters = [] })],
        };
        for (var i = 0; i < 2; i++) await nodes.EnsureAsync(i, definition: plain);
        await nodes.ExecuteAsync(0, "UPDATE account SET balance = 12");
        await using (var session = new SyncSession(plain)) await session.RunAsync(tryAll: true, null, default);
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.merge_1"));
        await nodes.ExecuteAsync(1, "UPDATE account SET balance = 15");
        Assert.Equal("12", await nodes[1].ScalarAsync<string>("SELECT state->'c'->'balance'->>'0' FROM bucardo_node.merge_1"));
    }

    [Fact]
    public async Task The_state_of_a_deleted_row_goes_when_nobody_can_ask_for_it_any_more()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, [Account]);
        await nodes.ExecuteAsync(0, "INSERT INTO account VALUES (1, 'a', 1), (2, 'b', 2)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "DELETE FROM account WHERE id = 1; UPDATE bucardo_node.merge_1 SET gone = now() - interval '2 hours' WHERE k1 = 1");
        await nodes.MaintainAsync();
        // The peer has not seen the deletion.
        Assert.Equal(2, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.merge_1"));
        await nodes.SettleAsync();
        for (var i = 0; i < 50 && await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.merge_1") > 1; i++)
        {
            // Other databases on the server may hold a snapshot back a little.
            await nodes.ExecuteAsync(0, "INSERT INTO account VALUES (3, 'c', 3) ON CONFLICT (id) DO UPDATE SET balance = account.balance + 1");
            await nodes.SettleAsync();
            await nodes.MaintainAsync();
        }
        Assert.Equal(["2", "3"], (await nodes[0].QueryAsync("SELECT k1::text FROM bucardo_node.merge_1 ORDER BY k1")).Select(r => (string)r[0]!));
        Assert.Equal(3, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.merge_1"));
    }
}
