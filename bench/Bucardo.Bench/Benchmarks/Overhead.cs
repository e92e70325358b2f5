using System.Diagnostics;
using System.Globalization;
using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>What capture costs the writer while the service is stopped: pgbench's transactions and their WAL, and large statements.</summary>
sealed class Overhead : Benchmark
{
    public override string Name => "overhead";

    public override string About => "what capture costs the writer (service stopped): pgbench with 4 clients, and large statements";

    public override IReadOnlyList<BenchOption> Options =>
    [
        new("seconds", "how long pgbench runs a turn", "1", "6", "20"),
        new("scale", "pgbench's scale", "1", "10", "10"),
        new("rows", "rows a large statement", "1000", "200000", "1000000"),
    ];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        // First the one that the others are compared with.
        var kinds = run.Choose(PeerKind.None, PeerKind.Product, PeerKind.Counters, PeerKind.Perl, PeerKind.Logical);
        var scale = Math.Max(run.Options.Number("scale"), (run.Options.Number("rows") + 99_999) / 100_000);
        await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Fill = Workload.Pgbench(scale) }, async c =>
        {
            await c.AddSyncAsync("bench", [.. Workload.PgbenchTables, Workload.TenColumns, Workload.Marker], autoKick: true, cancellation);
            await c.Peer.StartAsync(cancellation);
            await c.Peer.StopAsync(cancellation);
            await c.Source.ExecuteAsync("VACUUM ANALYZE", cancellation);
            await PgbenchAsync(c, "on", 1, cancellation); // warm
        }, cancellation);
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var commit in new[] { "on", "off" }) await PgbenchTurnAsync(run, contenders, commit, turn, cancellation);
            var rows = run.Options.Number("rows");
            await BulkTurnAsync(run, contenders, $"update {rows:#,0}", Workload.UpdateAccounts(rows), turn, cancellation);
            await BulkTurnAsync(run, contenders, $"insert {rows:#,0}", Workload.InsertTenColumns((turn - 1L) * rows + 1, (long)turn * rows), turn, cancellation);
        }
        await CatchUpAsync(run, contenders, cancellation);
    }

    static async Task PgbenchTurnAsync(BenchRun run, Contenders contenders, string commit, int turn, CancellationToken cancellation)
    {
        (double Tps, double Wal, double Cpu)? bare = null;
        foreach (var contender in contenders)
        {
            await contender.Source.ExecuteAsync("CHECKPOINT", cancellation);
            var meter = Meter.Start(contender);
            var before = await WalAsync(contender, cancellation);
            var (tps, transactions) = await PgbenchAsync(contender, commit, run.Options.Number("seconds"), cancellation);
            var wal = (await WalAsync(contender, cancellation) - before) / transactions;
            var usage = meter.Stop();
            var cpu = 1e6 * usage.ServersCpu / transactions;
            bare ??= (tps, wal, cpu);
            run.Report.Add($"pgbench, synchronous_commit {commit}", contender.Kind.Name, turn, ("transactions/s", tps), ("kept %", 100 * tps / bare.Value.Tps),
                ("WAL bytes/transaction", wal), ("times the WAL", wal / bare.Value.Wal), ("servers CPU µs/transaction", cpu), ("times the CPU", cpu / bare.Value.Cpu), ("other cores", usage.OtherCores));
        }
    }

    static async Task BulkTurnAsync(BenchRun run, Contenders contenders, string variant, string sql, int turn, CancellationToken cancellation)
    {
        (double Seconds, double Cpu)? bare = null;
        foreach (var contender in contenders)
        {
            await contender.Source.ExecuteAsync("CHECKPOINT", cancellation);
            var meter = Meter.Start(contender);
            await contender.WriteAsync(sql, cancellation);
            var usage = meter.Stop();
            bare ??= (usage.Seconds, usage.ServersCpu);
            run.Report.Add(variant, contender.Kind.Name, turn, ("s", usage.Seconds), ("times the time", usage.Seconds / bare.Value.Seconds), ("servers CPU s", usage.ServersCpu),
                ("times the CPU", usage.ServersCpu / Math.Max(0.01, bare.Value.Cpu)), ("other cores", usage.OtherCores));
        }
    }

    // What was captured has to be all that happened.
    static async Task CatchUpAsync(BenchRun run, Contenders contenders, CancellationToken cancellation)
    {
        foreach (var contender in contenders.Where(c => c.Kind != PeerKind.None))
        {
            await contender.Peer.StartAsync(cancellation);
            await contender.ReplicateAsync(await contender.WriteAsync("SELECT", cancellation), [], TimeSpan.FromMinutes(15), cancellation);
            await run.VerifyAsync(contender, "overhead", [.. Workload.PgbenchTables, Workload.TenColumns], cancellation);
        }
    }

    static async Task<(double Tps, double Transactions)> PgbenchAsync(Contender contender, string commit, int seconds, CancellationToken cancellation)
    {
        var output = await contender.Source.PgbenchAsync($"-n -c 4 -j 2 -T {seconds}", cancellation, $"-c synchronous_commit={commit}");
        return (BenchNode.Figure(output, @"tps = ([\d.]+)"), BenchNode.Figure(output, @"actually processed: (\d+)"));
    }

    static async Task<double> WalAsync(Contender contender, CancellationToken cancellation) =>
        double.Parse((await contender.Source.ScalarAsync<string>("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text", cancellation))!, CultureInfo.InvariantCulture);
}
