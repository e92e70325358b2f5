using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;
using Npgsql;

namespace Bucardo.Bench.Benchmarks;

/// <summary>The experiment by which the way of writing rows is chosen: strategies, kinds of changes, indexes and sizes against each other. No replication.</summary>
sealed class Apply : Benchmark
{
    static readonly (string Name, string Sql)[] s_indexes =
    [
        ("key only", "SELECT"),
        ("2 more indexes", "CREATE INDEX bench_apply_at ON bench_apply (at); CREATE INDEX bench_apply_amount ON bench_apply (amount)"),
        ("index on what changes", "CREATE INDEX bench_apply_changing ON bench_apply (changing)"),
    ];

    static readonly (string Name, Func<int, int> Old)[] s_mixes = [("updates", n => n), ("inserts", _ => 0), ("half and half", n => n / 2)];

    public override string Name => "apply";

    public override string About => "ways to write rows into a table, against each other (milliseconds a transaction)";

    public override IReadOnlyList<BenchOption> Options => [new("rows", "rows a transaction", "10", "10,500,20000", "1,10,100,500,2000,20000,200000"), new("base", "rows that are there", "1000", "100000", "1000000")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        var present = run.Options.Number("base");
        foreach (var (index, sql) in s_indexes)
        {
            await using var contender = await Contender.CreateAsync(PeerKind.None, new StageOptions { Roles = "s", Fill = (node, token) => FillAsync(node, present, sql, token) }, cancellation);
            for (var turn = 1; turn <= run.Turns; turn++)
                foreach (var rows in run.Options.Numbers("rows"))
                    foreach (var (mix, old) in s_mixes) await TurnAsync(run, contender, $"{rows:#,0} {mix}, {index}", rows, old(rows), present, turn, cancellation);
        }
    }

    static async Task TurnAsync(BenchRun run, Contender contender, string variant, int rows, int old, int present, int turn, CancellationToken cancellation)
    {
        if (old > present) return;
        var (wall, cpu) = (new Dictionary<string, double>(), new Dictionary<string, double>());
        // Who comes first changes from turn to turn: each finds what the one before has left.
        for (var i = 0; i < ApplyStrategy.All.Count; i++)
        {
            var strategy = ApplyStrategy.All[(i + turn) % ApplyStrategy.All.Count];
            await contender.Source.ExecuteAsync($"DELETE FROM bench_apply WHERE id > {present}", cancellation);
            await contender.Source.ExecuteAsync("VACUUM bench_apply", cancellation);
            var times = Math.Clamp(2000 / rows, 1, 40);
            var batches = Enumerable.Range(0, times).Select(n => ApplyRows.Of(Ids(rows, old, present, n), turn * 1000 + n * 10 + i)).ToList();
            await using var connection = await contender.Source.OpenAsync(cancellation);
            await ApplyAsync(connection, strategy, ApplyRows.Of([1], turn), cancellation); // warm
            var meter = Meter.Start(contender);
            foreach (var batch in batches) await ApplyAsync(connection, strategy, batch, cancellation);
            var usage = meter.Stop();
            (wall[strategy.Name], cpu[strategy.Name]) = (1000 * usage.Seconds / times, 1000 * usage.ServersCpu / times);
            await CheckAsync(contender, batches[^1], present + (rows - old) * times, variant, strategy, cancellation);
        }
        run.Report.Add(variant, "ms", turn, [.. ApplyStrategy.All.Select(s => (s.Name, wall[s.Name]))]);
        run.Report.Add(variant, "servers CPU ms", turn, [.. ApplyStrategy.All.Select(s => (s.Name, cpu[s.Name]))]);
    }

    // Rows that are there are spread over the table, and others in each batch; new ones follow each other.
    static List<long> Ids(int rows, int old, int present, int batch) =>
        [.. Enumerable.Range(0, old).Select(i => (long)i * present / old + batch % Math.Max(1, present / Math.Max(1, old)) + 1), .. Enumerable.Range(0, rows - old).Select(i => present + (long)batch * (rows - old) + i + 1)];

    static async Task ApplyAsync(NpgsqlConnection connection, ApplyStrategy strategy, ApplyRows rows, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await strategy.ApplyAsync(connection, rows, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    static async Task CheckAsync(Contender contender, ApplyRows last, long expected, string variant, ApplyStrategy strategy, CancellationToken cancellation)
    {
        var count = await contender.Source.ScalarAsync<long>("SELECT count(*) FROM bench_apply", cancellation);
        var written = await contender.Source.ScalarAsync<long>($"SELECT count(*) FROM bench_apply WHERE changing = {last.Changing[0]}", cancellation);
        if (count != expected || written < last.Ids.Length) throw new BenchException($"{variant}, {strategy.Name}: there are {count} rows instead of {expected}, {written} of the last transaction instead of {last.Ids.Length}.");
    }

    static Task FillAsync(BenchNode node, int rows, string indexes, CancellationToken cancellation) => node.ExecuteAsync($"""
        CREATE TABLE bench_apply (id bigint PRIMARY KEY, changing int NOT NULL, note text, at timestamptz, amount numeric);
        INSERT INTO bench_apply SELECT g, 0, 'row ' || g || ' of a table with some text in it, ' || g % 97, timestamptz '2020-01-01 00:00:00+00' + g * interval '1 second', g / 8.0 FROM generate_series(1, {rows}) g;
        {indexes};
        ANALYZE bench_apply
        """, cancellation);
}
