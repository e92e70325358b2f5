using System.Diagnostics;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>Rows of a megabyte, and tables of two hundred columns.</summary>
sealed class Wide : Benchmark
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    public override string Name => "wide";

    public override string About => "rows of a megabyte, and a table of two hundred columns: inserted, then updated in a small column";

    public override IReadOnlyList<BenchOption> Options => [new("large", "rows of a megabyte", "3", "60", "300"), new("rows", "rows of two hundred columns", "50", "5000", "50000")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var kinds = run.Choose(PeerKind.Product, PeerKind.Perl, PeerKind.Logical, PeerKind.Raw);
        await using var contenders = await BenchRun.GatherAsync(kinds, new StageOptions { Fill = FillAsync }, async c =>
        {
            await c.AddSyncAsync("bench", ["bench_large", "bench_columns", Workload.Marker], autoKick: false, cancellation);
            await c.Peer.StartAsync(cancellation);
            await c.ReplicateAsync(await c.WriteAsync("SELECT", cancellation), [], s_limit, cancellation); // warm
        }, cancellation);
        var (large, rows) = (run.Options.Number("large"), run.Options.Number("rows"));
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            foreach (var contender in contenders)
            {
                await TurnAsync("insert, 1 MB", "bench_large", large, (from, to) => $"INSERT INTO bench_large SELECT g, 0, b || convert_to(g::text, 'UTF8') FROM generate_series({from}, {to}) g JOIN bench_block ON i = g % 4", replaces: false);
                await TurnAsync("update, 1 MB", "bench_large", large, (from, to) => $"UPDATE bench_large SET n = n + 1 WHERE id BETWEEN {from} AND {to}", replaces: true);
                await TurnAsync("insert, 200 columns", "bench_columns", rows, (from, to) => $"INSERT INTO bench_columns SELECT g{string.Concat(Columns().Select(c => $", {c.Value}"))} FROM generate_series({from}, {to}) g", replaces: false);
                await TurnAsync("update, 200 columns", "bench_columns", rows, (from, to) => $"UPDATE bench_columns SET c1 = c1 + 1 WHERE id BETWEEN {from} AND {to}", replaces: true);

                async Task TurnAsync(string variant, string table, int count, Func<int, int, string> sql, bool replaces)
                {
                    var (from, to) = ((turn - 1) * count + 1, turn * count);
                    var clock = Stopwatch.StartNew();
                    var marker = await contender.WriteAsync(sql(from, to), cancellation);
                    var write = clock.Elapsed.TotalSeconds;
                    // The raw pipe brings an update into an empty table: rows that were there before turn by turn are left out of it.
                    var change = new Change(table, $"id BETWEEN {from} AND {to}", replaces);
                    var (arrived, usage) = await contender.MeasureAsync(marker, [change], s_limit, cancellation);
                    if (contender.Kind != PeerKind.Raw) await run.VerifyAsync(contender, variant, [table], cancellation);
                    run.Report.Add($"{variant}, {count:#,0} rows", contender.Kind.Name, turn, ("write s", write), ("replicate s", arrived),
                        ("service CPU s", usage.ServiceCpu), ("servers CPU s", usage.ServersCpu), ("peak MB", usage.PeakMb), ("other cores", usage.OtherCores));
                }
            }
        }
    }

    static async Task FillAsync(BenchNode node, CancellationToken cancellation)
    {
        await Workload.OwnTablesAsync(node, cancellation);
        await node.ExecuteAsync($"""
            CREATE TABLE bench_block AS SELECT i, string_agg(decode(md5(i || ':' || g), 'hex'), '' ORDER BY g) AS b FROM generate_series(1, 65536) g, generate_series(0, 3) i GROUP BY i;
            CREATE TABLE bench_large (id int PRIMARY KEY, n int NOT NULL, b bytea);
            CREATE TABLE bench_columns (id int PRIMARY KEY{string.Concat(Columns().Select(c => $", {c.Name} {c.Type}"))});
            """, cancellation);
    }

    static IEnumerable<(string Name, string Type, string Value)> Columns()
    {
        for (var i = 1; i < 200; i++)
        {
            var (type, value) = (i % 4) switch
            {
                1 => ("int", $"g + {i}"),
                2 => ("text", $"'column {i} of ' || g"),
                3 => ("numeric(12,3)", $"(g * {i}) / 7.0"),
                _ => ("timestamptz", $"timestamptz '2020-01-01 00:00:00+00' + g * interval '{i} second'"),
            };
            yield return ($"c{i}", type, value);
        }
    }
}
