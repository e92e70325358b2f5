using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Bucardo.Engine.Replication;

namespace Bucardo.Bench;

static class Benchmarks
{
    public static async Task ThroughputAsync(BenchRun run)
    {
        await using var nodes = await BenchNodes.CreateAsync("st", 1);
        await using var session = new SyncSession(nodes.Definition);
        await session.RunAsync(true, null, default);
        for (var i = 0; i < run.Repeat; i++)
        {
            await run.TimeAsync("write", () => nodes.Cluster.ExecuteAsync("t1", "UPDATE pgbench_accounts SET abalance = abalance + 1"));
            var clock = Stopwatch.StartNew();
            await run.TimeAsync("replicate", () => session.RunAsync(true, null, default));
            run.Add("rows/s", 100_000 / clock.Elapsed.TotalSeconds);
            await nodes.VerifyAsync();
            await session.MaintainAsync(default);
        }
    }

    public static async Task Demo5Async(BenchRun run)
    {
        await using var nodes = await BenchNodes.CreateAsync("sssst", 1);
        await using var session = new SyncSession(nodes.Definition);
        await session.RunAsync(true, null, default);
        for (var i = 0; i < run.Repeat; i++)
        {
            await Task.WhenAll(Enumerable.Range(1, 4).Select(n => nodes.PgbenchAsync($"t{n}", "-n -c 1 -t 10000")));
            RoundResult result = new();
            await run.TimeAsync("replicate", async () => result = await session.RunAsync(true, null, default));
            run.Add("conflicts", result.Conflicts);
            run.Add("rows written", result.Inserts + result.Updates + result.Deletes);
            await nodes.VerifyAsync();
            await session.MaintainAsync(default);
        }
    }

    public static async Task ConflictAsync(BenchRun run)
    {
        await using var nodes = await BenchNodes.CreateAsync("ss", 2);
        await using var session = new SyncSession(nodes.Definition);
        await session.RunAsync(true, null, default);
        for (var i = 0; i < run.Repeat; i++)
        {
            await nodes.Cluster.ExecuteAsync("t1", "UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid <= 60000");
            await nodes.Cluster.ExecuteAsync("t2", "UPDATE pgbench_accounts SET abalance = abalance + 2 WHERE aid > 50000 AND aid <= 110000");
            RoundResult result = new();
            await run.TimeAsync("replicate", async () => result = await session.RunAsync(true, null, default));
            run.Add("conflicts", result.Conflicts);
            await nodes.VerifyAsync();
            await session.MaintainAsync(default);
        }
    }

    public static async Task LatencyAsync(BenchRun run)
    {
        await using var nodes = await BenchNodes.CreateAsync("st", 1, capture: false);
        await using var service = await BenchService.StartAsync(nodes, ["pgbench_accounts"]);
        await using var source = await nodes.Cluster.OpenAsync("t1");
        await using var target = await nodes.Cluster.OpenAsync("t2");
        var samples = new List<double>();
        for (var i = 1; i <= 20 + 100 * run.Repeat; i++)
        {
            await using var write = new Npgsql.NpgsqlCommand($"UPDATE pgbench_accounts SET abalance = {i} WHERE aid = 1", source);
            await using var read = new Npgsql.NpgsqlCommand("SELECT abalance FROM pgbench_accounts WHERE aid = 1", target);
            await write.ExecuteNonQueryAsync();
            var clock = Stopwatch.StartNew();
            while ((int)(await read.ExecuteScalarAsync())! != i)
                if (clock.Elapsed > TimeSpan.FromSeconds(30)) throw new TimeoutException("The row does not arrive.");
            if (i > 20) samples.Add(clock.Elapsed.TotalMilliseconds);
            await Task.Delay(20);
        }
        samples.Sort();
        run.Add("p50, ms", samples[samples.Count / 2]);
        run.Add("p99, ms", samples[samples.Count * 99 / 100]);
    }

    public static async Task SustainedAsync(BenchRun run)
    {
        await using var nodes = await BenchNodes.CreateAsync("sssst", 1, capture: false);
        await using var service = await BenchService.StartAsync(nodes, BenchNodes.Tables.Split(' '));
        for (var i = 0; i < run.Repeat; i++)
        {
            var outputs = await Task.WhenAll(Enumerable.Range(1, 4).Select(n => nodes.PgbenchAsync($"t{n}", "-n -c 1 -T 10 --max-tries=1")));
            var clock = Stopwatch.StartNew();
            run.Add("transactions/s, all sources", outputs.Sum(o => Figure(o, @"tps = ([\d.]+)")));
            run.Add("failed transactions", outputs.Sum(o => Figure(o, @"failed transactions: (\d+)")));
            await service.SettleAsync();
            run.Add("lag at the end, s", clock.Elapsed.TotalSeconds);
            await nodes.VerifyAsync();
        }
    }

    static double Figure(string output, string pattern) => double.Parse(Regex.Match(output, pattern).Groups[1].Value, CultureInfo.InvariantCulture);

    public static async Task OverheadAsync(BenchRun run)
    {
        await using var without = await BenchNodes.CreateAsync("st", 10, capture: false);
        await using var with = await BenchNodes.CreateAsync("st", 10);
        await using var counting = await BenchNodes.CreateAsync("st", 10, counters: true);
        for (var i = 0; i < run.Repeat; i++)
        {
            var plain = await TpsAsync(without);
            var captured = await TpsAsync(with);
            var counted = await TpsAsync(counting);
            run.Add("TPS without capture", plain);
            run.Add("TPS with capture", captured);
            run.Add("TPS kept, %", 100 * captured / plain);
            run.Add("TPS with counters", counted);
            run.Add("TPS kept with counters, %", 100 * counted / plain);
        }

        static async Task<double> TpsAsync(BenchNodes nodes)
        {
            var output = await BenchNodes.PgbenchAsync(nodes.Cluster, "t1", "-n -c 4 -j 2 -T 10");
            return Figure(output, @"tps = ([\d.]+)");
        }
    }
}
