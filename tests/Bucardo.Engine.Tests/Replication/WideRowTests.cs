using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Large rows, however few, are streamed; they are not held in memory, nor sent as parameters.</summary>
public sealed class WideRowTests
{
    const string Schema = "CREATE TABLE wide (id int PRIMARY KEY, note text, body bytea, doc jsonb)";

    // Of which nothing is left when it is packed, and of which nearly all is.
    const string Fill = "INSERT INTO wide SELECT i, repeat('x', 700000), NULL, NULL FROM generate_series(1, 3) i; "
        + "INSERT INTO wide SELECT i, 'y', (SELECT string_agg(sha256(n::text::bytea), '') FROM generate_series(1, 20000) n), jsonb_build_object('a', repeat('z', 300000)) FROM generate_series(4, 5) i";

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task Large_rows_arrive_by_the_stream_and_small_ones_do_not_need_it(string roles)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync(roles, faults);
        await nodes.ExecuteAsync(0, Fill);
        Assert.True(await SettleAsync(nodes, faults));
        await nodes.ExecuteAsync(0, "UPDATE wide SET note = 'small', body = NULL, doc = NULL WHERE id > 2");
        Assert.False(await SettleAsync(nodes, faults));
        await nodes.ExecuteAsync(0, "UPDATE wide SET note = note || 'more' WHERE id < 3; DELETE FROM wide WHERE id = 4");
        Assert.True(await SettleAsync(nodes, faults));
        Assert.Equal(4, (await nodes.AssertEqualAsync("wide")).Count);
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    public async Task What_was_made_for_the_stream_comes_and_goes_with_the_transaction(string roles)
    {
        var faults = new Faults();
        await using var nodes = await StartAsync(roles, faults);
        await nodes.ExecuteAsync(0, Fill);
        faults.Once("before-apply", "n2", () => throw new Npgsql.PostgresException("made up", "ERROR", "ERROR", "XX000"));
        Assert.Single((await nodes.RoundAsync()).Problems);
        await nodes.SettleAsync();
        Assert.Equal(5, (await nodes.AssertEqualAsync("wide")).Count);
    }

    static async Task<Nodes> StartAsync(string roles, Faults faults)
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, ["wide(id)"], options: new SyncSessionOptions { Faults = faults });
        await nodes.SettleAsync();
        return nodes;
    }

    // Whether anything was streamed.
    static async Task<bool> SettleAsync(Nodes nodes, Faults faults)
    {
        faults.Clear();
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("wide");
        return faults.Reached.Any(r => r.Point == "before-stage");
    }
}
