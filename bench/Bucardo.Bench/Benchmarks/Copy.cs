using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>The first copy of tables that are empty on the target: one large one, and four that have as many rows together.</summary>
sealed class Copy : Benchmark
{
    const int Parts = 4;

    public override string Name => "copy";

    public override string About => "the first copy of a table, and of four smaller ones, to an empty target";

    public override IReadOnlyList<BenchOption> Options => [new("rows", "rows that are copied", "100000", "1000000", "1000000")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var rows = run.Options.Number("rows");
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl, PeerKind.Logical, PeerKind.Raw);
        await RunAsync(run, kinds, $"1 table, {rows:#,0} rows", Workload.Pgbench((rows + 99_999) / 100_000), ["pgbench_accounts"], cancellation);
        await RunAsync(run, kinds, $"{Parts} tables, {rows:#,0} rows", async (node, c) =>
        {
            for (var i = 1; i <= Parts; i++)
                await node.ExecuteAsync($"CREATE TABLE bench_part_{i} (aid int PRIMARY KEY, bid int, abalance int, filler char(84)); INSERT INTO bench_part_{i} SELECT g, g % 10, 0, '' FROM generate_series(1, {rows / Parts}) g", c);
        }, [.. Enumerable.Range(1, Parts).Select(i => $"bench_part_{i}")], cancellation);
    }

    static async Task RunAsync(BenchRun run, IReadOnlyList<PeerKind> kinds, string variant, Func<BenchNode, CancellationToken, Task> fill, IReadOnlyList<string> tables, CancellationToken cancellation)
    {
        await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Fill = fill }, c => c.AddSyncAsync("bench", tables, autoKick: false, cancellation), cancellation);
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var contender in contenders)
            {
                if (contender.Peer is not RawCopy raw)
                {
                    await TurnAsync(contender, contender.Kind.Name);
                    continue;
                }
                foreach (var after in new[] { false, true })
                {
                    raw.BuildsIndexAfter = after;
                    await TurnAsync(contender, contender.Kind.Name + (after ? ", index after" : ""));
                }
            }

            async Task TurnAsync(Contender contender, string who)
            {
                await contender.Target.ExecuteAsync($"TRUNCATE {string.Join(", ", tables)}", cancellation);
                var meter = Meter.Start(contender);
                var own = Environment.CpuUsage.TotalTime;
                await contender.Peer.CopyAsync(contender.Sync, cancellation);
                var usage = meter.Stop();
                own = Environment.CpuUsage.TotalTime - own;
                await run.VerifyAsync(contender, variant, tables, cancellation);
                // This product copies in the process that asks for it, which is this one.
                var service = contender.Kind == PeerKind.Product ? own.TotalSeconds : usage.ServiceCpu;
                run.Report.Add(variant, who, turn, ("s", usage.Seconds), ("service CPU s", service), ("servers CPU s", usage.ServersCpu), ("other cores", usage.OtherCores));
            }
        }
    }
}
