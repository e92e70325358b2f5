using Bucardo.Engine.Copying;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Copying;

/// <summary>Random histories of writes, rounds among some of the nodes, and copies: all nodes end equal, and no row that one node alone writes ever falls back.</summary>
public sealed class RandomCopyTests
{
    const int Steps = 40;

    [Theory]
    [InlineData("sss", 1)]
    [InlineData("sss", 2)]
    [InlineData("sst", 3)]
    [InlineData("ss", 4)]
    [InlineData("stt", 5)]
    [InlineData("ssst", 6)]
    public async Task Copies_lose_nothing(string roles, int seed)
    {
        var random = new Random(seed);
        await using var nodes = await Nodes.CreateAsync(roles, "CREATE TABLE own (id int PRIMARY KEY, n int); CREATE TABLE shared (id int PRIMARY KEY, v text)", ["own(id)", "shared(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO own SELECT i, 0 FROM generate_series(0, 9) i; INSERT INTO shared SELECT i, 'first' FROM generate_series(1, 8) i");
        await nodes.SettleAsync();
        var (sources, written, copied) = (roles.Count(r => r == 's'), new int[roles.Length], 0);
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(10))
            {
                case < 4:
                    var writer = random.Next(sources);
                    await nodes.ExecuteAsync(writer, $"INSERT INTO own VALUES ({writer}, {++written[writer]}) ON CONFLICT (id) DO UPDATE SET n = excluded.n");
                    await nodes.ExecuteAsync(writer, random.Next(12) == 0 ? "TRUNCATE shared" : random.Next(4) == 0
                        ? $"DELETE FROM shared WHERE id = {random.Next(1, 9)}"
                        : $"INSERT INTO shared VALUES ({random.Next(1, 9)}, 'step {step}') ON CONFLICT (id) DO UPDATE SET v = excluded.v");
                    break;
                case < 8:
                    var online = Enumerable.Range(0, roles.Length).Where(i => i == 0 || random.Next(3) > 0).ToArray();
                    if (online.Length < 2) break;
                    await nodes.OnlineAsync(online);
                    Assert.Empty((await nodes.RoundAsync()).Problems);
                    if (random.Next(3) == 0) await nodes.MaintainAsync();
                    break;
                default:
                    var from = random.Next(sources);
                    var to = random.Next(roles.Length);
                    if (from == to) break;
                    var copies = await nodes.CopyAsync(from, to, new CopyOptions { Truncate = random.Next(2) == 0 });
                    copied += copies.Count(c => c.Outcome == CopyOutcome.Copied);
                    Assert.All(copies, c => Assert.True(c.Problem is null || c.Problem.Contains("not received") || c.Problem.Contains("in the middle of"), c.Problem));
                    break;
            }
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("shared");
        var own = await nodes.AssertEqualAsync("own");
        for (var i = 0; i < sources; i++) Assert.Contains($"({i},{written[i]})", own);
        Assert.True(copied > 0, "No copy was made.");
    }
}
