using System.Diagnostics;
using System.Globalization;

namespace Bucardo.Simulation;

/// <summary>The first failing history of a run, shrunk.</summary>
sealed record Failure(string Family, int Seed, string Problem, Script Script)
{
    public override string ToString() =>
        $"# {Problem}\n# strategies '{Family}', seed {Seed.ToString(CultureInfo.InvariantCulture)}\n{ScriptText.Print(Script)}";
}

/// <summary>Plays many histories: <c>--histories N --seed S [--strategy FAMILY] [--threads N] [--replay FILE|SEED]</c>.</summary>
static class Simulate
{
    public static int Run(string[] args)
    {
        var options = new Dictionary<string, string> { ["--histories"] = "2000", ["--seed"] = "1", ["--threads"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture) };
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !options.ContainsKey(args[i]) && args[i] is not ("--strategy" or "--replay" or "--teeth"))
            {
                Console.Error.WriteLine("Usage: simulate [--histories N] [--seed S] [--strategy FAMILY] [--threads N] [--replay FILE|SEED] [--teeth N]");
                Console.Error.WriteLine($"Families of strategies: {string.Join(", ", Strategies.Families.Keys)}; without one, all of them in turn.");
                return 2;
            }
            options[args[i]] = args[i + 1];
        }
        var families = options.TryGetValue("--strategy", out var family) ? [family] : Strategies.Families.Keys.ToList();
        if (families.FirstOrDefault(f => !Strategies.Families.ContainsKey(f)) is { } unknown)
        {
            Console.Error.WriteLine($"'{unknown}' is none of {string.Join(", ", Strategies.Families.Keys)}.");
            return 2;
        }
        if (options.TryGetValue("--replay", out var which))
            return Replay(int.TryParse(which, out var single) ? ScriptGenerator.Generate(single, Strategies.Families[families[0]]) : ScriptText.Parse(File.ReadAllText(which)));
        if (options.TryGetValue("--teeth", out var most)) return Teeth(int.Parse(most, CultureInfo.InvariantCulture));
        var (histories, seed, threads) = (Number("--histories"), Number("--seed"), Number("--threads"));
        var status = 0;
        foreach (var name in families)
        {
            var (watch, failures) = (Stopwatch.StartNew(), new List<Failure>());
            var failed = Many(name, seed, histories / families.Count, threads, failures, done => Console.WriteLine($"{name}: {done} histories, {watch.Elapsed.TotalSeconds:0} s"));
            Console.WriteLine($"{name}: {histories / families.Count} histories from seed {seed}, {failed} failed, {watch.Elapsed.TotalSeconds:0.0} s, {histories / families.Count / watch.Elapsed.TotalSeconds:0} a second");
            foreach (var failure in failures.OrderBy(f => f.Script.Events.Count).Take(3)) Console.WriteLine($"\n{failure}");
            if (failed > 0) status = 1;
        }
        return status;

        int Number(string option) => int.Parse(options[option], CultureInfo.InvariantCulture);
    }

    // In how many histories each broken algorithm is found.
    static int Teeth(int most)
    {
        var status = 0;
        foreach (var (name, family, _, breakage) in Breakages.All)
        {
            var found = FirstFailure(family, seed: 1, most, breakage);
            Console.WriteLine($"| {name} | {family} | {(found is null ? $"not in {most}" : found.ToString())} |");
            if (found is null) status = 1;
        }
        return status;
    }

    // Shows what the nodes look like after every event.
    static int Replay(Script script)
    {
        Console.WriteLine(ScriptText.Print(script));
        var problem = Play.Run(script, trace: Console.WriteLine);
        Console.WriteLine(problem ?? "Nothing is wrong.");
        return problem is null ? 0 : 1;
    }

    /// <summary>Plays histories on some threads and shrinks the first few that fail. Returns how many failed.</summary>
    public static int Many(string family, int seed, int histories, int threads, List<Failure> failures, Action<int>? progress = null)
    {
        var (strategies, failed, done) = (Strategies.Families[family], 0, 0);
        Parallel.For(seed, seed + histories, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
        {
            var problem = Play.Run(ScriptGenerator.Generate(number, strategies));
            if (problem is not null && Interlocked.Increment(ref failed) <= 6)
            {
                var failure = Shrunk(family, number);
                lock (failures) failures.Add(failure);
            }
            if (Interlocked.Increment(ref done) % 20_000 == 0) progress?.Invoke(done);
        });
        return failed;
    }

    /// <summary>The number of the first history that fails with a broken algorithm; null when none does.</summary>
    public static int? FirstFailure(string family, int seed, int histories, Breakage breakage) =>
        Enumerable.Range(seed, histories).Cast<int?>().FirstOrDefault(number => Play.Run(ScriptGenerator.Generate(number!.Value, Strategies.Families[family]), breakage) is not null);

    /// <summary>The failing history of a number, made short.</summary>
    public static Failure Shrunk(string family, int seed, Breakage? breakage = null)
    {
        var script = Shrinker.Shrink(ScriptGenerator.Generate(seed, Strategies.Families[family]), s => Play.Run(s, breakage) is not null);
        return new Failure(family, seed, Play.Run(script, breakage)!, script);
    }
}
