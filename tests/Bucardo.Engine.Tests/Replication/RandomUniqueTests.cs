using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// Guarantee 4 with two unique rules at once, one of them deferrable, few values, and applications that write in the middle of rounds: the nodes end equal, and no rule is broken anywhere.
/// BUCARDO_HISTORIES says how many histories, BUCARDO_SEED which one is the first.
/// </summary>
public sealed class RandomUniqueTests
{
    const string Schema = "CREATE TABLE seat (id int PRIMARY KEY, code int UNIQUE, place int UNIQUE DEFERRABLE, note text)";

    [Theory]
    [InlineData("stt")]
    [InlineData("sss")]
    [InlineData("sst")]
    [InlineData("sss", true)]
    public async Task Rows_that_fight_for_values_end_equal_and_apart(string roles, bool ordinary = false)
    {
        var histories = int.Parse(Environment.GetEnvironmentVariable("BUCARDO_HISTORIES") ?? "1");
        var first = int.Parse(Environment.GetEnvironmentVariable("BUCARDO_SEED") ?? "20261121");
        for (var seed = first; seed < first + histories; seed++)
        {
            try
            {
                await PlayAsync(roles, new Random(seed), ordinary ? OrdinaryRole.Name : null);
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException($"BUCARDO_SEED={seed} with {roles}{(ordinary ? ", ordinary role" : "")}: {e.Message}", e);
            }
        }
    }

    static async Task PlayAsync(string roles, Random random, string? role)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["seat(id)"], options: new() { Faults = faults, SmallRows = 3, LargestPart = 100 }, maximumChanges: 20, role: role);
        var sources = Enumerable.Range(0, roles.Length).Where(i => roles[i] == 's').ToArray();
        var dice = new Lock();
        faults.On = (point, node) =>
        {
            string? sql = null;
            lock (dice)
                if (point is "before-begin" or "before-apply" or "before-commit" && sources.Contains(node[1] - '1') && random.Next(3) == 0) sql = Statement(random);
            if (sql is not null) Task.Run(() => WriteAsync(nodes, node[1] - '1', sql)).GetAwaiter().GetResult();
        };
        for (var step = 0; step < 30; step++)
        {
            if (random.NextDouble() < 0.6) await WriteAsync(nodes, sources[random.Next(sources.Length)], string.Join("; ", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Statement(random))));
            else await nodes.RoundAsync();
        }
        faults.On = null;
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("seat");
        for (var i = 0; i < nodes.Count; i++)
            Assert.Equal(0, await nodes[i].ScalarAsync<long>("SELECT (count(code) - count(DISTINCT code)) + (count(place) - count(DISTINCT place)) FROM seat"));
    }

    // An application that would have to wait for the round gives up, and one that breaks a rule is refused, as without replication.
    static async Task WriteAsync(Nodes nodes, int node, string sql)
    {
        try
        {
            await nodes.ExecuteAsync(node, $"BEGIN; SET LOCAL lock_timeout = 50; {sql}; COMMIT");
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.LockNotAvailable)
        {
        }
    }

    static string Statement(Random random)
    {
        int Id() => random.Next(1, 9);
        string Value() => random.Next(8) == 0 ? "NULL" : random.Next(1, 8).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return random.Next(8) switch
        {
            0 or 1 or 2 => $"INSERT INTO seat VALUES ({Id()}, {Value()}, {Value()}, 'new') ON CONFLICT (id) DO UPDATE SET code = excluded.code, place = excluded.place",
            3 => "UPDATE seat SET place = 9 - place",
            4 => $"UPDATE seat SET code = {Value()} WHERE id = {Id()}",
            5 => $"UPDATE seat SET place = {Value()}, note = note || '!' WHERE id = {Id()}",
            6 => $"UPDATE seat SET id = {Id()} + 10 WHERE id = {Id()}",
            _ => $"DELETE FROM seat WHERE id IN ({Id()}, {Id() + 10})",
        };
    }
}
