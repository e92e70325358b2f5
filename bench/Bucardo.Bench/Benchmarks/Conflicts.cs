using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>Two sources: keys changed on both, half of them later on the one, half on the other, and keys changed on each alone; one kick.</summary>
sealed class Conflicts : Benchmark
{
    public override string Name => "conflict";

    public override string About => "two sources, keys changed on both and keys changed on each alone; one kick";

    public override IReadOnlyList<BenchOption> Options => [new("both", "keys changed on both", "100", "10000", "10000"), new("alone", "keys changed on each alone", "500", "50000", "50000")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var (both, alone) = (run.Options.Number("both"), run.Options.Number("alone"));
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl);
        await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Roles = "ss", Fill = Workload.Pgbench((both + 2 * alone + 99_999) / 100_000) }, async c =>
        {
            await c.AddSyncAsync("bench", Workload.PgbenchTables, autoKick: false, cancellation);
            await c.Peer.StartAsync(cancellation);
            await c.Peer.FlushAsync(c.Sync, [], cancellation); // warm
        }, cancellation);
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var contender in contenders)
            {
                await WriteAsync(contender, turn, both, alone, cancellation);
                var meter = Meter.Start(contender);
                await contender.Peer.FlushAsync(contender.Sync, [], cancellation);
                var usage = meter.Stop();
                await run.VerifyAsync(contender, "conflict", ["pgbench_accounts"], cancellation);
                // Rows of the second node that stand where both had changed it: who decides row by row keeps the later ones, half of them.
                var second = await contender.Source.ScalarAsync<long>($"SELECT count(*) FROM pgbench_accounts WHERE aid <= {both} AND filler = 'B{turn}'", cancellation);
                run.Report.Add($"{both:#,0} on both, {alone:#,0} alone", contender.Kind.Name, turn, ("sync s", usage.Seconds), ("won by the second", second),
                    ("service CPU s", usage.ServiceCpu), ("servers CPU s", usage.ServersCpu), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
            }
        }
    }

    static async Task WriteAsync(Contender contender, int turn, int both, int alone, CancellationToken cancellation)
    {
        var (a, b) = (contender.Source, contender.Target);
        await UpdateAsync(a, "A", 1, both / 2);
        await UpdateAsync(b, "B", 1, both / 2);
        await UpdateAsync(b, "B", both / 2 + 1, both);
        await UpdateAsync(a, "A", both / 2 + 1, both);
        await UpdateAsync(a, "A", both + 1, both + alone);
        await UpdateAsync(b, "B", both + alone + 1, both + 2 * alone);

        async Task UpdateAsync(BenchNode node, string mark, int from, int to)
        {
            await node.ExecuteAsync($"UPDATE pgbench_accounts SET abalance = abalance + 1, filler = '{mark}{turn}' WHERE aid BETWEEN {from} AND {to}", cancellation);
            // Whose clock decides must not depend on how fast the statements followed each other.
            await Task.Delay(200, cancellation);
        }
    }
}
