using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Who has read only a part of a backlog, and meets others while the node that has the rest is away.</summary>
public sealed class BacklogTests
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text)";

    static async Task<(Nodes Nodes, Faults Faults)> StartAsync(string roles, string strategy)
    {
        var faults = new Faults();
        return (await Nodes.CreateAsync(roles, Schema, ["t(id)"], strategy, new SyncSessionOptions { Faults = faults }, maximumChanges: 1), faults);
    }

    // The daemon dies after the first step of a round.
    static async Task OneStepAsync(Nodes nodes, Faults faults, params int[] online)
    {
        await nodes.OnlineAsync(online);
        var looks = 0;
        faults.On = (point, node) =>
        {
            if (point == "before-snapshot" && node == $"n{online[0] + 1}" && Interlocked.Increment(ref looks) == 2) throw new OperationCanceledException();
        };
        await Assert.ThrowsAsync<OperationCanceledException>(() => nodes.RoundAsync());
        faults.On = null;
    }

    [Theory]
    [InlineData("bucardo_skip")]
    [InlineData("bucardo_earliest")]
    public async Task What_is_written_over_a_part_of_a_transaction_stays(string strategy)
    {
        var (nodes, faults) = await StartAsync("sss", strategy);
        await using var disposing = nodes;
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'n1'), (2, 'n1')");
        await OneStepAsync(nodes, faults, 0, 1, 2);
        await nodes.OnlineAsync(1, 2);
        await nodes.ExecuteAsync(2, "UPDATE t SET v = 'n3, who knew' WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Equal(["(1,\"n3, who knew\")"], await nodes.RowsAsync(1, "t"));
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Equal(["(1,\"n3, who knew\")", "(2,n1)"], await nodes.AssertEqualAsync("t"));
    }
}
