using System.Globalization;
using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>What is there, and what it costs, when nothing happens.</summary>
sealed class Idle : Benchmark
{
    public override string Name => "idle";

    public override string About => "processes, memory, backends, queries and processor time when nothing happens";

    public override IReadOnlyList<BenchOption> Options =>
    [
        new("syncs", "how many syncs, of one table each", "1", "1,20", "1,20"),
        new("seconds", "how long to look", "3", "30", "60"),
        new("settle", "seconds to wait before that: who rests does so after a minute", "1", "75", "90"),
        new("turns", "how often each peer has its turn", "1", "1", "1"),
    ];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl, PeerKind.Logical);
        foreach (var syncs in run.Options.Numbers("syncs"))
        {
            var stage = new StageOptions { Fill = (node, token) => FillAsync(node, syncs, token), ServerSettings = new Dictionary<string, string> { ["shared_preload_libraries"] = "pg_stat_statements", ["pg_stat_statements.track"] = "top" } };
            for (var turn = 1; turn <= run.Turns; turn++)
            {
                // One after the other: nobody may be about who is not idle.
                foreach (var kind in kinds)
                {
                    await using var contender = await Contender.CreateAsync(kind, stage, cancellation);
                    for (var i = 1; i <= syncs; i++) await contender.AddSyncAsync($"idle{i}", i == 1 ? ["idle_1", Workload.Marker] : [$"idle_{i}"], autoKick: true, cancellation);
                    await contender.Peer.StartAsync(cancellation);
                    await contender.ReplicateAsync(await contender.WriteAsync("INSERT INTO idle_1 VALUES (1, 'x')", cancellation), [], TimeSpan.FromMinutes(1), cancellation);
                    await run.VerifyAsync(contender, "idle", ["idle_1"], cancellation);
                    await LookAsync(run, contender, syncs, turn, cancellation);
                }
            }
        }
    }

    static async Task LookAsync(BenchRun run, Contender contender, int syncs, int turn, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(run.Options.Number("settle")), cancellation);
        await using var watch = await StatementWatch.StartAsync(contender.Stage, cancellation);
        var meter = Meter.Start(contender);
        await Task.Delay(TimeSpan.FromSeconds(run.Options.Number("seconds")), cancellation);
        var usage = meter.Stop();
        var minutes = usage.Seconds / 60;
        var processes = ProcessTable.Read().Tree(contender.Peer.Processes);
        var backends = await watch.BackendsAsync(cancellation);
        var calls = await watch.CallsAsync(cancellation);
        run.Report.Add($"{syncs} {(syncs == 1 ? "sync" : "syncs")}", contender.Kind.Name, turn, ("processes", processes.Count),
            ("RSS MB, summed", ProcessMemory.Resident(processes)), ("PSS MB, summed", ProcessMemory.Proportional(processes)),
            ("backends, most on a node", backends.SkipLast(1).Max()), ("backends, control", backends[^1]),
            ("queries/min, most on a node", calls.SkipLast(1).Max() / minutes), ("queries/min, control", calls[^1] / minutes),
            ("service CPU, % of a core", 100 * usage.ServiceCpu / usage.Seconds), ("servers CPU, % of a core", 100 * usage.ServersCpu / usage.Seconds), ("other cores", usage.OtherCores));
        foreach (var line in await watch.MostFrequentAsync(cancellation)) Console.WriteLine(FormattableString.Invariant($"    {line.Calls / minutes,6:0}/min {line.Where}: {line.Query}"));
    }

    static async Task FillAsync(BenchNode node, int tables, CancellationToken cancellation)
    {
        await Workload.OwnTablesAsync(node, cancellation);
        for (var i = 1; i <= tables; i++) await node.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE idle_{i} (id int PRIMARY KEY, v text)"), cancellation);
    }
}
