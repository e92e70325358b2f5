using System.Diagnostics;

namespace Bucardo.Engine.Tests.Replication.Merging;

/// <summary>Four masters under pgbench end with exactly the balances that one master would have.</summary>
public sealed class PgBenchTests
{
    const string Schema = """
        CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
        CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
        CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));
        CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
        INSERT INTO pgbench_branches VALUES (1, 0);
        INSERT INTO pgbench_tellers SELECT i, 1, 0 FROM generate_series(1, 10) i;
        INSERT INTO pgbench_accounts SELECT i, 1, 0 FROM generate_series(1, 200) i;
        """;

    // pgbench's own transaction, on few accounts, so that nearly every row is changed on every node.
    const string Script = """
        \set aid random(1, 200)
        \set tid random(1, 10)
        \set delta random(-5000, 5000)
        BEGIN;
        UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
        UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
        UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = 1;
        INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, 1, :aid, :delta, CURRENT_TIMESTAMP);
        END;
        """;

    [Fact]
    public async Task Balances_are_the_sums_of_all_deltas_on_all_nodes_though_rounds_ran_all_the_time()
    {
        await using var nodes = await Nodes.CreateAsync("ssss", Schema,
            ["pgbench_accounts(aid) counters abalance", "pgbench_branches(bid) counters bbalance", "pgbench_tellers(tid) counters tbalance"]);
        await nodes.SettleAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Script);
        var benches = Task.WhenAll(Enumerable.Range(0, 4).Select(n => RunAsync(nodes[n], file)));
        var settled = 0L;
        while (!benches.IsCompleted) settled += (await nodes.RoundAsync()).Settled;
        await benches;
        File.Delete(file);
        settled += (await nodes.SettleAsync()).Settled;
        Assert.True(settled > 0);
        var deltas = new Dictionary<int, long>();
        for (var n = 0; n < 4; n++)
        {
            foreach (var row in await nodes[n].QueryAsync("SELECT aid, sum(delta) FROM pgbench_history GROUP BY aid")) deltas[(int)row[0]!] = deltas.GetValueOrDefault((int)row[0]!) + (long)row[1]!;
        }
        Assert.True(deltas.Count > 150);
        for (var n = 0; n < 4; n++)
        {
            foreach (var row in await nodes[n].QueryAsync("SELECT aid, abalance::bigint FROM pgbench_accounts")) Assert.Equal(deltas.GetValueOrDefault((int)row[0]!), (long)row[1]!);
            Assert.Equal(deltas.Values.Sum(), await nodes[n].ScalarAsync<long>("SELECT sum(tbalance) FROM pgbench_tellers"));
            Assert.Equal(deltas.Values.Sum(), await nodes[n].ScalarAsync<long>("SELECT sum(bbalance) FROM pgbench_branches"));
        }
    }

    static async Task RunAsync(TestDatabase database, string script)
    {
        var settings = database.Settings;
        var start = new ProcessStartInfo(PostgresPrograms.PathOf("pgbench"), $"-h {settings.HostName} -p {settings.Port} -U {settings.UserName} -n -c 2 -T 4 --max-tries=50 -f {script} {database.Name}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGPASSWORD"] = settings.Password;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        Assert.Contains("failed transactions: 0 ", await output);
    }
}
