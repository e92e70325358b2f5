using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// Random transactions on tables that refer to each other, on nodes that come and go: in the end all are equal and nothing refers to what is not there.
/// BUCARDO_HISTORIES says how many histories, BUCARDO_SEED which one is the first.
/// </summary>
public sealed class RandomForeignKeyTests
{
    const string Schema = """
        CREATE TABLE parent (id int PRIMARY KEY, name text);
        CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE, other int REFERENCES parent ON DELETE SET NULL);
        CREATE TABLE grand (id int PRIMARY KEY, child int NOT NULL REFERENCES child);
        """;

    [Theory]
    [InlineData("sss")]
    [InlineData("ssst")]
    [InlineData("sss", true)]
    public async Task Nothing_refers_to_what_is_not_there(string roles, bool ordinary = false)
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
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["grand(id)", "parent(id)", "child(id)"], options: new() { SmallRows = 3 }, maximumChanges: 12, role: role);
        var sources = Enumerable.Range(0, roles.Length).Where(i => roles[i] == 's').ToArray();
        for (var step = 0; step < 40; step++)
        {
            if (random.NextDouble() < 0.65) await WriteAsync(nodes, sources[random.Next(sources.Length)], random);
            else await RoundAsync(nodes, sources, random);
        }
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        foreach (var table in new[] { "parent", "child", "grand" }) await nodes.AssertEqualAsync(table);
        Assert.Equal(0, await nodes[0].ScalarAsync<long>("""
            SELECT (SELECT count(*) FROM child c WHERE parent IS NOT NULL AND NOT EXISTS (SELECT FROM parent p WHERE p.id = c.parent))
                 + (SELECT count(*) FROM child c WHERE other IS NOT NULL AND NOT EXISTS (SELECT FROM parent p WHERE p.id = c.other))
                 + (SELECT count(*) FROM grand g WHERE NOT EXISTS (SELECT FROM child c WHERE c.id = g.child))
            """));
    }

    static async Task RoundAsync(Nodes nodes, int[] sources, Random random)
    {
        var online = Enumerable.Range(0, nodes.Count).Where(_ => random.NextDouble() < 0.7).ToHashSet();
        online.Add(sources[random.Next(sources.Length)]);
        if (online.Count < 2) return;
        await nodes.OnlineAsync([.. online]);
        await nodes.RoundAsync();
        if (random.Next(3) == 0) await nodes.MaintainAsync();
    }

    static async Task WriteAsync(Nodes nodes, int node, Random random)
    {
        try
        {
            await nodes.ExecuteAsync(node, string.Join("; ", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Statement(random))));
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation)
        {
            // The application was refused, as it would be without replication.
        }
    }

    static string Statement(Random random)
    {
        int Id() => random.Next(1, 7);
        return random.Next(10) switch
        {
            0 or 1 => $"INSERT INTO parent VALUES ({Id()}, 'new') ON CONFLICT (id) DO UPDATE SET name = 'again'",
            2 or 3 => $"INSERT INTO child SELECT {Id()}, id, id FROM parent WHERE id = {Id()} ON CONFLICT (id) DO UPDATE SET parent = excluded.parent",
            4 => $"INSERT INTO grand SELECT {Id()}, id FROM child WHERE id = {Id()} ON CONFLICT (id) DO UPDATE SET child = excluded.child",
            5 => $"UPDATE child SET other = (SELECT max(id) FROM parent) WHERE id <= {Id()}",
            6 => $"DELETE FROM grand WHERE child = {Id()}",
            7 => $"DELETE FROM grand WHERE child IN (SELECT id FROM child WHERE parent = {Id()})",
            8 => $"DELETE FROM parent p WHERE id = {Id()} AND NOT EXISTS (SELECT FROM child c JOIN grand g ON g.child = c.id WHERE c.parent = p.id)",
            _ => random.Next(4) == 0 ? "TRUNCATE grand" : $"DELETE FROM child WHERE id = {Id()} AND NOT EXISTS (SELECT FROM grand g WHERE g.child = child.id)",
        };
    }
}
