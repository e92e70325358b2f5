using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Capture;

/// <summary>A sync is known on a node by its id: its name may change, and another sync may take it.</summary>
public sealed class RenamedSyncTests
{
    [Fact]
    public async Task A_sync_whose_name_another_one_took_loses_no_change()
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE plain (id int PRIMARY KEY, name text)", ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'first')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (2, 'pending')");
        var other = nodes.Definition with { Sync = nodes.Definition.Sync with { Id = 2 } };
        for (var i = 0; i < 2; i++) await nodes.EnsureAsync(i, definition: other);
        await nodes.AllOnlineAsync();
        Assert.Equal(1, (await nodes.SettleAsync()).Inserts);
        Assert.Equal(["(1,first)", "(2,pending)"], await nodes.AssertEqualAsync("plain"));
    }
}
