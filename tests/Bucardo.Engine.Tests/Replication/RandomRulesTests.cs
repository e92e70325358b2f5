using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// Rows that all nodes fight for, under all rules at once: foreign keys that cascade and that empty, unique values, keys that change, TRUNCATE; under a preference and by time; on nodes that come and
/// go, with applications that write in the middle of rounds. In the end all are equal, nothing refers to what is not there, and nothing goes round in a circle.
/// BUCARDO_HISTORIES says how many histories, BUCARDO_SEED which one is the first.
/// </summary>
public sealed class RandomRulesTests
{
    const string Schema = """
        CREATE TABLE hot (id int PRIMARY KEY, code int UNIQUE, note text NOT NULL);
        CREATE TABLE warm (id int PRIMARY KEY, hot int NOT NULL REFERENCES hot ON UPDATE CASCADE ON DELETE CASCADE, other int REFERENCES hot ON UPDATE CASCADE ON DELETE SET NULL, code int UNIQUE, note text NOT NULL);
        """;

    const string Orphans = """
        SELECT (SELECT count(*) FROM warm w WHERE NOT EXISTS (SELECT FROM hot h WHERE h.id = w.hot)) + (SELECT count(*) FROM warm w WHERE other IS NOT NULL AND NOT EXISTS (SELECT FROM hot h WHERE h.id = w.other))
        """;

    [Theory]
    [InlineData("sss", "bucardo_source", true)]
    [InlineData("sss", "bucardo_source", false)]
    [InlineData("sss", "bucardo_latest", true)]
    [InlineData("ssst", "bucardo_latest", false)]
    public async Task Everything_comes_to_rest(string roles, string strategy, bool ordinary)
    {
        var histories = int.Parse(Environment.GetEnvironmentVariable("BUCARDO_HISTORIES") ?? "1");
        var first = int.Parse(Environment.GetEnvironmentVariable("BUCARDO_SEED") ?? "20261126");
        for (var seed = first; seed < first + histories; seed++)
        {
            try
            {
                await PlayAsync(roles, strategy, new Random(seed), ordinary ? OrdinaryRole.Name : null);
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException($"BUCARDO_SEED={seed} with {roles}, {strategy}{(ordinary ? ", ordinary role" : "")}: {e.Message}", e);
            }
        }
    }

    static async Task PlayAsync(string roles, string strategy, Random random, string? role)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["warm(id)", "hot(id)"], strategy, new() { SmallRows = random.Next(2) * 500, Faults = faults }, role: role);
        var sources = Enumerable.Range(0, roles.Length).Where(i => roles[i] == 's').ToArray();
        for (var step = 0; step < 30; step++)
        {
            if (random.NextDouble() < 0.6) await WriteAsync(nodes, sources[random.Next(sources.Length)], random);
            else await RoundAsync(nodes, faults, sources, random);
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        foreach (var table in new[] { "hot", "warm" }) await nodes.AssertEqualAsync(table);
        Assert.Equal(0, await nodes[0].ScalarAsync<long>(Orphans));
    }

    static async Task RoundAsync(Nodes nodes, Faults faults, int[] sources, Random random)
    {
        var online = Enumerable.Range(0, nodes.Count).Where(_ => random.NextDouble() < 0.7).ToHashSet();
        online.Add(sources[random.Next(sources.Length)]);
        if (online.Count < 2) return;
        await nodes.OnlineAsync([.. online]);
        var (writer, transactions) = (sources[random.Next(sources.Length)], new Random(random.Next()));
        if (random.Next(2) == 0) faults.Once("before-begin", $"n{writer + 1}", () => Task.Run(() => WriteAsync(nodes, writer, transactions)).GetAwaiter().GetResult());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await nodes.RoundAsync(limit.Token);
        faults.On = null;
        if (random.Next(3) == 0) await nodes.MaintainAsync();
    }

    static async Task WriteAsync(Nodes nodes, int node, Random random)
    {
        try
        {
            await nodes.ExecuteAsync(node, $"SET lock_timeout = '2s'; {string.Join("; ", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Statement(node, random)))}");
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.LockNotAvailable)
        {
            // The application was refused, as it would be without replication.
        }
    }

    static string Statement(int node, Random random)
    {
        int Id() => random.Next(1, 7);
        int Code() => random.Next(1, 12);
        var note = $"'n{node + 1} {random.Next(1000)}'";
        return random.Next(14) switch
        {
            < 3 => $"INSERT INTO hot VALUES ({Id()}, {Code()}, {note}) ON CONFLICT (id) DO UPDATE SET note = excluded.note",
            3 => $"UPDATE hot SET note = {note} WHERE id = {Id()}",
            4 => $"UPDATE hot SET code = {Code()} WHERE id = {Id()}",
            5 or 6 => $"UPDATE hot SET id = {Id()} WHERE id = {Id()}",
            7 => random.Next(4) == 0 ? "TRUNCATE hot, warm" : $"DELETE FROM hot WHERE id = {Id()}",
            < 11 => $"INSERT INTO warm SELECT {Id()}, id, id, {Code()}, {note} FROM hot WHERE id = {Id()} ON CONFLICT (id) DO UPDATE SET hot = excluded.hot, note = excluded.note",
            11 => $"UPDATE warm SET other = (SELECT max(id) FROM hot) WHERE id <= {Id()}",
            12 => $"UPDATE warm SET code = NULL, note = {note} WHERE id = {Id()}",
            _ => $"DELETE FROM warm WHERE id = {Id()}",
        };
    }
}
