namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// Guarantee 4, on real databases: random transactions on several nodes, rounds among whichever of them are there, and in the end all are equal.
/// BUCARDO_HISTORIES says how many histories, BUCARDO_SEED which one is the first.
/// </summary>
public sealed class RandomHistoryTests
{
    const string Schema = """
        CREATE TABLE item (id int PRIMARY KEY, code int UNIQUE, note text);
        CREATE TABLE part (item int, no smallint, amount numeric, PRIMARY KEY (item, no));
        """;

    [Theory]
    [InlineData("stt")]
    [InlineData("sss")]
    [InlineData("sst")]
    [InlineData("sssst")]
    public async Task Random_transactions_on_nodes_that_come_and_go_end_equal(string roles)
    {
        var histories = int.Parse(Environment.GetEnvironmentVariable("BUCARDO_HISTORIES") ?? "1");
        var first = int.Parse(Environment.GetEnvironmentVariable("BUCARDO_SEED") ?? "20261120");
        for (var seed = first; seed < first + histories; seed++)
        {
            try
            {
                await PlayAsync(roles, new Random(seed));
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException($"BUCARDO_SEED={seed} with {roles}: {e.Message}", e);
            }
        }
    }

    static async Task PlayAsync(string roles, Random random)
    {
        // A small bound and the COPY path for everything but the smallest rounds: all of the round's ways are taken.
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["item(id)", "part(item, no)"], options: new() { SmallRows = 3, LargestPart = 100 }, maximumChanges: 15);
        var sources = Enumerable.Range(0, roles.Length).Where(i => roles[i] == 's').ToArray();
        for (var step = 0; step < 40; step++)
        {
            if (random.NextDouble() < 0.65) await TransactAsync(nodes, sources[random.Next(sources.Length)], random);
            else await RoundAsync(nodes, sources, random);
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("item");
        await nodes.AssertEqualAsync("part");
    }

    static async Task RoundAsync(Nodes nodes, int[] sources, Random random)
    {
        var online = Enumerable.Range(0, nodes.Count).Where(_ => random.NextDouble() < 0.7).ToHashSet();
        online.Add(sources[random.Next(sources.Length)]);
        if (online.Count < 2) return;
        await nodes.OnlineAsync([.. online]);
        await nodes.RoundAsync();
    }

    static async Task TransactAsync(Nodes nodes, int node, Random random)
    {
        var statements = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Statement(random));
        try
        {
            await nodes.ExecuteAsync(node, "BEGIN; " + string.Join("; ", statements) + (random.NextDouble() < 0.1 ? "; ROLLBACK" : "; COMMIT"));
        }
        catch (Npgsql.PostgresException e) when (e.SqlState == Npgsql.PostgresErrorCodes.UniqueViolation)
        {
            // The application was refused, as it would be without replication.
        }
    }

    static string Statement(Random random)
    {
        int Id() => random.Next(1, 9);
        return random.Next(12) switch
        {
            0 or 1 or 2 => $"INSERT INTO item VALUES ({Id()}, {random.Next(1, 30)}, 'new') ON CONFLICT (id) DO UPDATE SET note = 'again', code = excluded.code",
            3 or 4 => $"UPDATE item SET note = note || '{Id()}' WHERE id <= {Id()}",
            5 => $"UPDATE item SET id = {Id() + 10} WHERE id = {Id()}",
            6 => $"DELETE FROM item WHERE id = {Id()}",
            7 or 8 => $"INSERT INTO part SELECT {Id()}, n, {Id()} FROM generate_series(1, {random.Next(1, 6)}) n ON CONFLICT DO NOTHING",
            9 => $"UPDATE part SET amount = amount + {Id()} WHERE item = {Id()}",
            10 => $"DELETE FROM part WHERE no = {random.Next(1, 6)}",
            _ => random.NextDouble() < 0.4 ? "TRUNCATE part" : $"DELETE FROM part WHERE item = {Id()}",
        };
    }
}
