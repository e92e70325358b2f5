using System.Diagnostics;
using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>A target is away while rows change on four tables; it comes back. What does the other target notice, and how fast does the first one catch up?</summary>
sealed class Backlog : Benchmark
{
    const int TableCount = 4;
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(30);
    static readonly IReadOnlyList<string> s_tables = [.. Enumerable.Range(1, TableCount).Select(i => $"bench_log{i}")];

    public override string Name => "backlog";

    public override string About => "a target is away while rows change on four tables, and comes back; another target looks on";

    public override IReadOnlyList<BenchOption> Options =>
    [
        new("rows", "rows that change", "2000", "400000", "10000000"),
        new("transaction", "rows a transaction", "500", "20000", "100000"),
        new("turns", "how often each peer has its turn", "1", "1", "1"),
    ];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var rows = run.Options.Number("rows");
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var kind in run.Choose(PeerKind.Product, PeerKind.Logical))
            {
                await using var contender = await Contender.CreateAsync(kind, new StageOptions { Roles = "stt", Fill = (node, token) => FillAsync(node, rows / TableCount, token) }, cancellation);
                await contender.AddSyncAsync("bench", [.. s_tables, Workload.Marker, Workload.Latency], autoKick: true, cancellation);
                await contender.Peer.StartAsync(cancellation);
                await contender.ReplicateAsync(await contender.WriteAsync("SELECT", cancellation), [], s_limit, cancellation);
                await TurnAsync(run, contender, rows, turn, cancellation);
            }
        }
    }

    static async Task TurnAsync(BenchRun run, Contender contender, int rows, int turn, CancellationToken cancellation)
    {
        var away = contender.Stage.Nodes[1];
        var before = await ProbeAsync(contender, () => false, 20, cancellation);
        var meter = Meter.Start(contender);
        await away.Cluster.StopAsync(cancellation: cancellation);
        var marker = 0L;
        foreach (var table in s_tables)
            for (var from = 1; from <= rows / TableCount; from += run.Options.Number("transaction"))
                marker = await contender.WriteAsync($"UPDATE {table} SET v = v + 1 WHERE id >= {from} AND id < {from + run.Options.Number("transaction")}", cancellation);
        var wrote = meter.Seconds;
        await Workload.TryAwaitMarkerAsync(contender.Target, marker, s_limit, cancellation);
        var arrived = meter.Seconds;

        await away.Cluster.StartAgainAsync(cancellation);
        var clock = Stopwatch.StartNew();
        double? first = null;
        var catchingUp = CatchUpAsync();
        var during = await ProbeAsync(contender, () => catchingUp.IsCompleted, 100_000, cancellation);
        var all = await catchingUp;
        var usage = meter.Stop();
        // What the probe wrote last.
        var last = await contender.WriteAsync("SELECT", cancellation);
        foreach (var node in contender.Stage.Nodes.Skip(1)) await Workload.TryAwaitMarkerAsync(node, last, s_limit, cancellation);
        await run.VerifyAsync(contender, "backlog", [.. s_tables, Workload.Latency], cancellation);
        run.Report.Add($"{rows:#,0} rows", contender.Kind.Name, turn, ("write s", wrote), ("until the other target has it s", arrived), ("back: first rows s", first ?? all), ("back: all s", all), ("rows/s", rows / all),
            ("the other's p50 ms before", Statistics.Percentile(before, 50)), ("p50 ms during", Statistics.Percentile(during, 50)), ("p95 ms during", Statistics.Percentile(during, 95)),
            ("service CPU s", usage.ServiceCpu), ("servers CPU s", usage.ServersCpu), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));

        async Task<double> CatchUpAsync()
        {
            await using var connection = await away.OpenAsync(cancellation);
            await using var look = new Npgsql.NpgsqlCommand($"SELECT v FROM {s_tables[0]} WHERE id = 1", connection);
            await Wait.UntilAsync("The first row on the node that was away", async () => (int)(await look.ExecuteScalarAsync(cancellation))! > 0, s_limit, TimeSpan.FromMilliseconds(20), cancellation);
            first = clock.Elapsed.TotalSeconds;
            if (await Workload.TryAwaitMarkerAsync(away, marker, s_limit, cancellation) is null) throw new BenchException($"{contender.Kind.Name}: the node that was away does not catch up.");
            return clock.Elapsed.TotalSeconds;
        }
    }

    /// <summary>Commits rows until it is over, or so many, and returns the milliseconds of each until the last node shows it.</summary>
    static async Task<List<double>> ProbeAsync(Contender contender, Func<bool> isOver, int most, CancellationToken cancellation)
    {
        await using var source = await contender.Source.OpenAsync(cancellation);
        await using var target = await contender.Target.OpenAsync(cancellation);
        var probe = new LatencyProbe(source, target, s_limit);
        var samples = new List<double>();
        do
        {
            samples.Add(await probe.NextAsync(cancellation) ?? throw new BenchException($"{contender.Kind.Name}: a row does not arrive."));
            await Task.Delay(100, cancellation);
        }
        while (!isOver() && samples.Count < most);
        return samples;
    }

    static async Task FillAsync(BenchNode node, int rows, CancellationToken cancellation)
    {
        await Workload.OwnTablesAsync(node, cancellation);
        foreach (var table in s_tables)
            await node.ExecuteAsync($"CREATE TABLE {table} (id int PRIMARY KEY, v int NOT NULL, filler text); INSERT INTO {table} SELECT g, 0, repeat('x', 60) FROM generate_series(1, {rows}) g", cancellation);
    }
}
