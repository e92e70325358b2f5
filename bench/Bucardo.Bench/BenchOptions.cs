using System.Globalization;
using Bucardo.Bench.Peers;

namespace Bucardo.Bench;

/// <summary>The command line.</summary>
sealed class BenchOptions
{
    static readonly IReadOnlyList<BenchOption> s_common = [new("turns", "how often each peer has its turn", "1", "3", "5")];

    readonly IReadOnlyList<BenchOption> _known;
    readonly Dictionary<string, string> _given;

    BenchOptions(string command, string size, IReadOnlySet<string>? peers, IReadOnlyList<BenchOption> known, Dictionary<string, string> given) =>
        (Command, Size, Peers, _known, _given) = (command, size, peers, known, given);

    /// <summary>How this run is made again.</summary>
    public string Command { get; }

    /// <summary>smoke, quick or full.</summary>
    public string Size { get; }

    /// <summary>The peers that were asked for; null: all.</summary>
    public IReadOnlySet<string>? Peers { get; }

    /// <summary>Every option with the value that holds.</summary>
    public IReadOnlyDictionary<string, string> Used => _known.ToDictionary(o => o.Name, Text);

    public int Number(string name) => Numbers(name).Single();

    public IReadOnlyList<int> Numbers(string name)
    {
        var option = _known.Single(o => o.Name == name);
        return
        [
            .. Text(option).Split(',').Select(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw new BenchException($"--{name} takes numbers with commas between them, not '{n}'.")),
        ];
    }

    /// <summary>Reads what stands behind the names of the benchmarks.</summary>
    public static BenchOptions Parse(Benchmark benchmark, IReadOnlyList<string> words)
    {
        var known = benchmark.Options.Concat(s_common).DistinctBy(o => o.Name).ToList();
        var given = new Dictionary<string, string>();
        var size = "quick";
        HashSet<string>? peers = null;
        for (var i = 0; i < words.Count; i += 2)
        {
            var value = i + 1 < words.Count ? words[i + 1] : throw new BenchException($"{words[i]} needs a value.");
            switch (words[i])
            {
                case "--size" when value is "smoke" or "quick" or "full": size = value; break;
                case "--size": throw new BenchException($"--size is smoke, quick or full, not '{value}'.");
                case "--peers": peers = [.. value.Split(',')]; break;
                case var word when known.Any(o => "--" + o.Name == word): given[word[2..]] = value; break;
                default: throw new BenchException($"{benchmark.Name} has no option '{words[i]}'; there are --size, --peers{string.Concat(known.Select(o => $", --{o.Name}"))}.");
            }
        }
        if (peers?.FirstOrDefault(p => PeerKind.All.All(k => k.Option != p)) is { } unknown)
            throw new BenchException($"There is no peer '{unknown}'; there are {string.Join(", ", PeerKind.All.Select(k => k.Option))}.");
        return new BenchOptions($"./build.sh bench {string.Join(' ', words.Prepend(benchmark.Name))}", size, peers, known, given);
    }

    string Text(BenchOption option) => _given.GetValueOrDefault(option.Name) ?? Size switch { "smoke" => option.Smoke, "full" => option.Full, _ => option.Quick };
}
