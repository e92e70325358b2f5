using System.Diagnostics;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>One large transaction on the source, then one round to the target: every row of pgbench_accounts updated, or as many rows of ten columns inserted.</summary>
sealed class Throughput : Benchmark
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    public override string Name => "throughput";

    public override string About => "every row of pgbench_accounts updated, or rows of ten columns inserted, in one transaction; then one round";

    public override IReadOnlyList<BenchOption> Options => [new("rows", "rows a transaction", "1000", "100000", "100000,1000000")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl, PeerKind.Logical, PeerKind.Raw);
        foreach (var rows in run.Options.Numbers("rows"))
        {
            await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Fill = Workload.Pgbench((rows + 99_999) / 100_000) }, async c =>
            {
                await c.AddSyncAsync("bench", [.. Workload.PgbenchTables, Workload.TenColumns, Workload.Marker], autoKick: false, cancellation);
                await c.Peer.StartAsync(cancellation);
                await c.ReplicateAsync(await c.WriteAsync("SELECT", cancellation), [], s_limit, cancellation); // warm
            }, cancellation);
            for (var turn = 1; turn <= run.Turns; turn++)
            {
                foreach (var contender in contenders)
                {
                    await TurnAsync(run, contender, $"update {rows:#,0}", turn, rows, Workload.UpdateAccounts(rows), new Change("pgbench_accounts", Replaces: true), cancellation);
                    var (from, to) = ((turn - 1L) * rows + 1, (long)turn * rows);
                    await TurnAsync(run, contender, $"insert {rows:#,0}", turn, rows, Workload.InsertTenColumns(from, to), new Change(Workload.TenColumns, $"id BETWEEN {from} AND {to}"), cancellation);
                }
            }
        }
    }

    static async Task TurnAsync(BenchRun run, Contender contender, string variant, int turn, int rows, string sql, Change change, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var marker = await contender.WriteAsync(sql, cancellation);
        var write = clock.Elapsed.TotalSeconds;
        var (arrived, usage) = await contender.MeasureAsync(marker, [change], s_limit, cancellation);
        await run.VerifyAsync(contender, variant, [change.Table], cancellation);
        run.Report.Add(variant, contender.Kind.Name, turn, ("write s", write), ("replicate s", arrived), ("both s", write + arrived), ("rows/s", rows / arrived),
            ("service CPU s", usage.ServiceCpu), ("servers CPU s", usage.ServersCpu), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
    }
}
