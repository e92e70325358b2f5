using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>The classic demo: four sources and a target on one server, pgbench on each source, one kick.</summary>
sealed class Demo5 : Benchmark
{
    public override string Name => "demo5";

    public override string About => "four sources and a target on one server, pgbench on each source, one kick";

    public override IReadOnlyList<BenchOption> Options => [new("transactions", "pgbench transactions on each source", "100", "10000", "10000")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl);
        await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Roles = "sssst", OneCluster = true, Fill = Workload.Pgbench(1) }, async c =>
        {
            await c.AddSyncAsync("demo", Workload.PgbenchTables, autoKick: false, cancellation);
            await c.Peer.StartAsync(cancellation);
            await c.Peer.FlushAsync(c.Sync, [], cancellation); // warm
        }, cancellation);
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var contender in contenders)
            {
                var transactions = run.Options.Number("transactions");
                // The same transactions for each contender.
                var seed = turn;
                foreach (var source in contender.Stage.Nodes.Where(n => n.Role == DatabaseRole.Source))
                    await source.PgbenchAsync($"-n -t {transactions} --random-seed={seed++}", cancellation, "-c synchronous_commit=off");
                var meter = Meter.Start(contender);
                await contender.Peer.FlushAsync(contender.Sync, [], cancellation);
                var usage = meter.Stop();
                await run.VerifyAsync(contender, "demo5", Workload.PgbenchTables, cancellation);
                run.Report.Add($"{transactions:#,0} each", contender.Kind.Name, turn, ("sync s", usage.Seconds),
                    ("service CPU s", usage.ServiceCpu), ("servers CPU s", usage.ServersCpu), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
            }
        }
    }
}
