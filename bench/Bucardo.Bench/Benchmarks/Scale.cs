using System.Diagnostics;
using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>Many tables in one sync, many syncs, many nodes.</summary>
sealed class Scale : Benchmark
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    public override string Name => "scale";

    public override string About => "many tables in one sync, many syncs, many nodes: setting up, and a round that touches little";

    public override IReadOnlyList<BenchOption> Options =>
    [
        new("tables", "tables in one sync", "3", "3,300", "3,2000"),
        new("syncs", "syncs of one table each", "2", "1,10", "1,50"),
        new("nodes", "nodes of a sync", "3", "2,4,8", "2,4,8,16"),
        new("turns", "how often each peer has its turn", "1", "1", "1"),
    ];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl, PeerKind.Logical);
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var tables in run.Options.Numbers("tables"))
                foreach (var kind in kinds) await TablesAsync(run, kind, tables, turn, cancellation);
            foreach (var syncs in run.Options.Numbers("syncs"))
                foreach (var kind in kinds) await SyncsAsync(run, kind, syncs, turn, cancellation);
            foreach (var nodes in run.Options.Numbers("nodes"))
                foreach (var kind in kinds)
                {
                    await NodesAsync(run, kind, $"1 source, {nodes - 1} {(nodes == 2 ? "target" : "targets")}", "s".PadRight(nodes, 't'), turn, cancellation);
                    if (kind != PeerKind.Logical) await NodesAsync(run, kind, $"{nodes} sources", new string('s', nodes), turn, cancellation);
                }
        }
    }

    static async Task TablesAsync(BenchRun run, PeerKind kind, int tables, int turn, CancellationToken cancellation)
    {
        var names = Names(tables);
        await using var contender = await Contender.CreateAsync(kind, new StageOptions { Fill = (node, token) => FillAsync(node, tables, token) }, cancellation);
        var setUp = await TimeAsync(() => contender.AddSyncAsync("bench", [.. names, Workload.Marker], autoKick: false, cancellation));
        var start = await TimeAsync(async () =>
        {
            await contender.Peer.StartAsync(cancellation);
            await contender.ReplicateAsync(await contender.WriteAsync("SELECT", cancellation), [], s_limit, cancellation);
        });
        var touched = string.Join("; ", names.Take(3).Select(n => $"UPDATE {n} SET v = v || 'x' WHERE id <= 5"));
        // The first round that touches a table may have to get to know it.
        await contender.ReplicateAsync(await contender.WriteAsync(touched, cancellation), [], s_limit, cancellation);
        var times = new List<double>();
        var meter = Meter.Start(contender);
        for (var i = 0; i < 5; i++) times.Add(await contender.ReplicateAsync(await contender.WriteAsync(touched, cancellation), [], s_limit, cancellation));
        var usage = meter.Stop();
        await run.VerifyAsync(contender, $"{tables} tables", names.Take(3), cancellation);
        run.Report.Add($"{tables:#,0} tables", kind.Name, turn, ("set up s", setUp), ("start s", start), ("round over 3 tables ms", 1000 * Statistics.Median(times)),
            ("service CPU ms/round", 200 * usage.ServiceCpu), ("servers CPU ms/round", 200 * usage.ServersCpu), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
    }

    static async Task SyncsAsync(BenchRun run, PeerKind kind, int syncs, int turn, CancellationToken cancellation)
    {
        var names = Names(syncs);
        await using var contender = await Contender.CreateAsync(kind, new StageOptions { Fill = (node, token) => FillAsync(node, syncs, token) }, cancellation);
        var setUp = await TimeAsync(async () =>
        {
            for (var i = 0; i < syncs; i++) await contender.AddSyncAsync($"bench{i + 1}", i == 0 ? [names[i], Workload.Marker, Workload.Latency] : [names[i]], autoKick: true, cancellation);
        });
        var start = await TimeAsync(async () =>
        {
            await contender.Peer.StartAsync(cancellation);
            await contender.ReplicateAsync(await contender.WriteAsync("SELECT", cancellation), [], s_limit, cancellation);
        });
        await using var source = await contender.Source.OpenAsync(cancellation);
        await using var target = await contender.Target.OpenAsync(cancellation);
        var probe = new LatencyProbe(source, target, s_limit);
        var samples = new List<double>();
        var meter = Meter.Start(contender);
        for (var i = 0; i < 20; i++)
        {
            samples.Add(await probe.NextAsync(cancellation) ?? 0);
            await Task.Delay(150, cancellation);
        }
        var usage = meter.Stop();
        await run.VerifyAsync(contender, $"{syncs} syncs", [Workload.Latency], cancellation);
        run.Report.Add($"{syncs} {(syncs == 1 ? "sync" : "syncs")}", kind.Name, turn, ("set up s", setUp), ("start s", start), ("p50 ms", Statistics.Percentile(samples, 50)), ("service CPU ms/row", 50 * usage.ServiceCpu),
            ("servers CPU ms/row", 50 * usage.ServersCpu), ("processes", ProcessTable.Read().Tree(contender.Peer.Processes).Count), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
    }

    static async Task NodesAsync(BenchRun run, PeerKind kind, string variant, string roles, int turn, CancellationToken cancellation)
    {
        const int Rows = 10_000;
        await using var contender = await Contender.CreateAsync(kind, new StageOptions { Roles = roles, OneCluster = true, Fill = Workload.Pgbench(1) }, cancellation);
        await contender.AddSyncAsync("bench", [.. Workload.PgbenchTables, Workload.Marker], autoKick: false, cancellation);
        await contender.Peer.StartAsync(cancellation);
        await contender.ReplicateAsync(await contender.WriteAsync("SELECT", cancellation), [], s_limit, cancellation);
        var sources = contender.Stage.Nodes.Where(n => n.Role == DatabaseRole.Source).ToList();
        for (var i = 0; i < sources.Count; i++)
            await sources[i].ExecuteAsync($"UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid <= {Rows} AND aid % {sources.Count} = {i}", cancellation);
        var (arrived, usage) = await contender.MeasureAsync(await contender.WriteAsync("SELECT", cancellation), [], s_limit, cancellation);
        // The last node may not be the last one to have it.
        await Wait.UntilAsync("The last node's arrival", () => contender.Stage.AreEqualAsync(["pgbench_accounts"], cancellation), TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(500), cancellation);
        run.Report.Add($"{variant}, {Rows:#,0} rows", kind.Name, turn, ("replicate s", arrived), ("service CPU s", usage.ServiceCpu), ("servers CPU s", usage.ServersCpu), ("servers CPU s/node", usage.ServersCpu / roles.Length),
            ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
    }

    static List<string> Names(int count) => [.. Enumerable.Range(1, count).Select(i => $"scale_{i}")];

    static async Task<double> TimeAsync(Func<Task> run)
    {
        var clock = Stopwatch.StartNew();
        await run();
        return clock.Elapsed.TotalSeconds;
    }

    static async Task FillAsync(BenchNode node, int tables, CancellationToken cancellation)
    {
        await Workload.OwnTablesAsync(node, cancellation);
        // In portions: a transaction has a limited number of locks.
        for (var from = 1; from <= tables; from += 200)
            await node.ExecuteAsync($"""
                DO $$ BEGIN
                    FOR i IN {from}..{Math.Min(tables, from + 199)} LOOP
                        EXECUTE format('CREATE TABLE scale_%s (id int PRIMARY KEY, v text)', i);
                        EXECUTE format('INSERT INTO scale_%s SELECT g, ''x'' FROM generate_series(1, 10) g', i);
                    END LOOP;
                END $$
                """, cancellation);
    }
}
