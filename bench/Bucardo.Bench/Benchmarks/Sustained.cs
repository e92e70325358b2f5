using System.Diagnostics;
using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>pgbench at fixed rates on the source, with autokick, and a probe row every quarter of a second.</summary>
sealed class Sustained : Benchmark
{
    public override string Name => "sustained";

    public override string About => "pgbench at fixed rates with autokick: lag while it runs and when it ends, and what that costs";

    public override IReadOnlyList<BenchOption> Options =>
    [
        new("rates", "transactions a second", "100", "200,500,1000,2000", "200,500,1000,2000"),
        new("seconds", "how long each", "2", "10", "60"),
        new("scale", "pgbench's scale", "1", "10", "10"),
        new("patience", "seconds to wait for what is behind at the end", "30", "60", "600"),
        new("turns", "how often each peer has its turn", "1", "1", "1"),
    ];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl, PeerKind.Logical, PeerKind.None);
        await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Fill = Workload.Pgbench(run.Options.Number("scale")) }, async c =>
        {
            await c.AddSyncAsync("bench", [.. Workload.PgbenchTables, Workload.Marker, Workload.Latency], autoKick: true, cancellation);
            await c.Peer.StartAsync(cancellation);
        }, cancellation);
        foreach (var rate in run.Options.Numbers("rates"))
            for (var turn = 1; turn <= run.Turns; turn++)
                foreach (var contender in contenders.ToList())
                {
                    if (await TurnAsync(run, contender, rate, turn, cancellation)) continue;
                    run.Report.Note($"{contender.Kind.Name} had not caught up {run.Options.Number("patience")} s after {rate}/s: it is left out from there on.");
                    contenders.Remove(contender);
                    await contender.DisposeAsync();
                }
    }

    /// <summary>False: it did not catch up.</summary>
    static async Task<bool> TurnAsync(BenchRun run, Contender contender, int rate, int turn, CancellationToken cancellation)
    {
        var isReplicating = contender.Kind != PeerKind.None;
        var patience = TimeSpan.FromSeconds(run.Options.Number("patience"));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var meter = Meter.Start(contender);
        var probing = isReplicating ? ProbeAsync(contender, patience, ended.Token) : Task.FromResult(new List<double>());
        var output = await contender.Source.PgbenchAsync($"-n -c 4 -j 2 -R {rate} -T {run.Options.Number("seconds")}", cancellation);
        // What is behind now is behind a marker, too.
        var marker = await contender.WriteAsync("SELECT", cancellation);
        var lag = isReplicating ? await Workload.TryAwaitMarkerAsync(contender.Target, marker, patience, cancellation) : 0;
        var usage = meter.Stop();
        await ended.CancelAsync();
        var probes = await probing;
        // What the probe had under way.
        if (isReplicating && lag is not null)
        {
            var last = await contender.WriteAsync("SELECT", cancellation);
            await Workload.TryAwaitMarkerAsync(contender.Target, last, patience, cancellation);
            await run.VerifyAsync(contender, $"{rate}/s", [.. Workload.PgbenchTables, Workload.Latency], cancellation);
        }
        run.Report.Add($"{rate}/s", contender.Kind.Name, turn, ("transactions/s", BenchNode.Figure(output, @"tps = ([\d.]+)")), ("pgbench latency ms", BenchNode.Figure(output, @"latency average = ([\d.]+)")),
            ("lag at the end ms", 1000 * (lag ?? patience.TotalSeconds)), ("probe p50 ms", Percentile(probes, 50)), ("probe p95 ms", Percentile(probes, 95)),
            ("service CPU s", usage.ServiceCpu), ("servers CPU s", usage.ServersCpu), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
        return lag is not null;
    }

    static double Percentile(List<double> samples, double percent) => samples.Count == 0 ? 0 : Statistics.Percentile(samples, percent);

    static async Task<List<double>> ProbeAsync(Contender contender, TimeSpan limit, CancellationToken ended)
    {
        var samples = new List<double>();
        await using var source = await contender.Source.OpenAsync(CancellationToken.None);
        await using var target = await contender.Target.OpenAsync(CancellationToken.None);
        var probe = new LatencyProbe(source, target, limit);
        try
        {
            while (true)
            {
                await Task.Delay(250, ended);
                samples.Add(await probe.NextAsync(ended) ?? limit.TotalMilliseconds);
            }
        }
        catch (OperationCanceledException)
        {
            return samples;
        }
    }
}
