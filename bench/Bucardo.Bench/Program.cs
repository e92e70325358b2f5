using Bucardo.Bench;
using Bucardo.Bench.Benchmarks;
using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;

// Benchmarks, runnable one by one: each makes its own clusters (fsync on), runs this product and its peers in turns on the same data, compares the nodes afterwards,
// prints a table and writes out/bench/NAME.json. On a busy machine trust processor seconds, and runs with few "other cores".
Benchmark[] all =
[
    new Latency(), new Throughput(), new Demo5(), new Conflicts(), new Sustained(), new Overhead(), new Copy(), new Backlog(), new Idle(), new Scale(), new Wide(), new Import(), new Apply(),
];
var names = args.TakeWhile(a => !a.StartsWith('-')).ToList();
var words = args.Skip(names.Count).ToList();
if (words.Contains("--help") || words.Contains("-h") || names.Any(n => all.All(b => b.Name != n)))
{
    var isAsked = words.Contains("--help") || words.Contains("-h");
    Help(isAsked ? Console.Out : Console.Error);
    return isAsked ? 0 : 2;
}
// The benchmarks know where their databases are; what a user has set for other servers must not get in between.
foreach (string name in Environment.GetEnvironmentVariables().Keys)
    if (name.StartsWith("PG", StringComparison.Ordinal)) Environment.SetEnvironmentVariable(name, null);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };
try
{
    var isRight = true;
    foreach (var benchmark in all.Where(b => names.Count == 0 || names.Contains(b.Name)))
    {
        var run = new BenchRun(BenchOptions.Parse(benchmark, words));
        var started = DateTimeOffset.Now;
        Console.WriteLine($"{benchmark.Name}: {benchmark.About}");
        await benchmark.RunAsync(run, stop.Token);
        isRight &= run.IsRight;
        var path = await ReportFile.SaveAsync(benchmark, run, started, run.IsRight);
        Console.WriteLine($"\n{run.Report.Tables()}\n{string.Concat(run.Report.Notes.Select(n => n + "\n"))}{benchmark.Name}: {(run.IsRight ? "all nodes of this product were equal afterwards" : "the nodes DIFFER")}; {path}");
    }
    return isRight ? 0 : 1;
}
catch (BenchException e)
{
    Console.Error.WriteLine($"bench: {e.Message}");
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}

void Help(TextWriter writer)
{
    writer.WriteLine($"""
        Usage: ./build.sh bench [NAME...] [options]      without a name, all of them

          --size smoke|quick|full  how much: whether it works at all; a minute or two each (default); what the goals are stated for
          --turns N                how often each peer has its turn
          --peers A,B              only these: {string.Join(", ", PeerKind.All.Select(k => k.Option))}

        """);
    foreach (var benchmark in all)
    {
        writer.WriteLine($"  {benchmark.Name,-11} {benchmark.About}");
        foreach (var option in benchmark.Options) writer.WriteLine($"  {"",-11}   --{option.Name}: {option.About} ({option.Smoke}; {option.Quick}; {option.Full})");
    }
}
