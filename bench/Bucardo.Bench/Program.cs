using System.Globalization;
using Bucardo.Bench;

// Benchmarks, runnable one by one: dotnet run -c Release --project bench/Bucardo.Bench -- NAME... Each makes its own clusters (fsync on), verifies the data
// afterwards and prints the median of its repetitions. Timings on a shared machine are noisy: compare medians of runs that took turns, never single figures.
var all = new Dictionary<string, (string About, Func<BenchRun, Task> Run)>
{
    ["throughput"] = ("100,000 rows of pgbench_accounts updated on the source, one round to a target", Benchmarks.ThroughputAsync),
    ["demo5"] = ("seed 003: four sources and a target, 10,000 pgbench transactions on each source, one round", Benchmarks.Demo5Async),
    ["conflict"] = ("two sources, 10,000 keys changed on both, 50,000 on each alone, one round", Benchmarks.ConflictAsync),
    ["latency"] = ("one row committed on an idle source until it is visible on the target, through the service", Benchmarks.LatencyAsync),
    ["sustained"] = ("pgbench on four sources for ten seconds while the service replicates", Benchmarks.SustainedAsync),
    ["overhead"] = ("pgbench with 4 clients on captured tables against the same without capture", Benchmarks.OverheadAsync),
};
var names = args.Where(a => !a.StartsWith('-') && !int.TryParse(a, out _)).ToList();
if (args.Contains("--help") || names.Any(n => !all.ContainsKey(n)))
{
    Console.WriteLine("bench [NAME...] [--repeat N]; without a name, all of them");
    foreach (var (name, bench) in all) Console.WriteLine($"  {name,-11} {bench.About}");
    return args.Contains("--help") ? 0 : 2;
}
var repeat = Array.IndexOf(args, "--repeat") is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 3;
foreach (var name in names.Count > 0 ? names : [.. all.Keys])
{
    Console.WriteLine($"{name}: {all[name].About}");
    var run = new BenchRun(repeat);
    await all[name].Run(run);
    run.Print();
}
return 0;
