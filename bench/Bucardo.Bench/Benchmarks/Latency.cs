using System.Diagnostics;
using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;
using Npgsql;

namespace Bucardo.Bench.Benchmarks;

/// <summary>One row committed on an idle source until it is visible on the target, with autokick.</summary>
sealed class Latency : Benchmark
{
    public override string Name => "latency";

    public override string About => "one row committed on an idle source until it is visible on the target, with autokick";

    public override IReadOnlyList<BenchOption> Options => [new("samples", "rows a turn", "5", "50", "100")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl, PeerKind.Logical);
        await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Fill = Workload.Pgbench(1) }, async c =>
        {
            await c.AddSyncAsync("bench", [Workload.Latency, .. Workload.PgbenchTables], autoKick: true, cancellation);
            await c.Peer.StartAsync(cancellation);
        }, cancellation);
        foreach (var contender in contenders) await ProbeAsync(contender, 5, cancellation); // warm
        var all = contenders.ToDictionary(c => c, _ => new List<double>());
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var contender in contenders)
            {
                var meter = Meter.Start(contender);
                var samples = await ProbeAsync(contender, run.Options.Number("samples"), cancellation);
                var usage = meter.Stop();
                all[contender].AddRange(samples);
                Add(run, "each turn", contender, turn, samples, usage);
            }
        }
        foreach (var (contender, samples) in all)
        {
            run.Report.Add("all rows", contender.Kind.Name, 0, ("p50 ms", Statistics.Percentile(samples, 50)), ("p95 ms", Statistics.Percentile(samples, 95)), ("p99 ms", Statistics.Percentile(samples, 99)),
                ("min ms", samples.Min()), ("max ms", samples.Max()));
            await run.VerifyAsync(contender, "idle", [Workload.Latency], cancellation);
        }
    }

    static void Add(BenchRun run, string variant, Contender contender, int turn, List<double> samples, Usage usage) => run.Report.Add(variant, contender.Kind.Name, turn,
        ("p50 ms", Statistics.Percentile(samples, 50)), ("p99 ms", Statistics.Percentile(samples, 99)),
        ("service CPU ms/row", 1000 * usage.ServiceCpu / samples.Count), ("servers CPU ms/row", 1000 * usage.ServersCpu / samples.Count), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));

    /// <summary>Commits rows one by one, with a pause of a tenth to a fifth of a second, and returns the milliseconds of each until it is visible.</summary>
    static async Task<List<double>> ProbeAsync(Contender contender, int count, CancellationToken cancellation)
    {
        await using var source = await contender.Source.OpenAsync(cancellation);
        await using var target = await contender.Target.OpenAsync(cancellation);
        var probe = new LatencyProbe(source, target, TimeSpan.FromSeconds(30));
        var samples = new List<double>();
        var pauses = new Random(count);
        for (var i = 0; i < count; i++)
        {
            await Task.Delay(pauses.Next(100, 200), cancellation);
            samples.Add(await probe.NextAsync(cancellation) ?? throw new BenchException($"{contender.Kind.Name}: a row has not arrived within 30 s."));
        }
        return samples;
    }
}
