using System.Globalization;

namespace Bucardo.Bench.Measuring;

/// <summary>One measurement: what was measured of whom, in which turn.</summary>
sealed record Sample(string Variant, string Peer, int Turn, IReadOnlyDictionary<string, double> Figures);

/// <summary>Collects the samples of a benchmark and shows them as tables: a line per variant and peer, each figure as median (minimum to maximum).</summary>
sealed class BenchReport
{
    readonly List<Sample> _samples = [];
    readonly List<string> _notes = [];

    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>What a reader has to know beside the figures.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public void Add(string variant, string peer, int turn, params (string Figure, double Value)[] figures)
    {
        _samples.Add(new Sample(variant, peer, turn, figures.ToDictionary(f => f.Figure, f => f.Value)));
        Console.WriteLine($"  {variant}, {peer}, turn {turn}: " + string.Join("; ", figures.Select(f => $"{f.Figure} {Number(f.Value)}")));
    }

    public void Note(string note)
    {
        if (_notes.Contains(note)) return;
        _notes.Add(note);
        Console.WriteLine("  " + note);
    }

    /// <summary>The tables, in Markdown: variants with the same figures share one.</summary>
    public string Tables() => string.Join('\n', _samples.GroupBy(s => string.Join('|', s.Figures.Keys)).Select(g => Table([.. g])));

    static string Table(IReadOnlyList<Sample> samples)
    {
        var figures = samples[0].Figures.Keys.ToList();
        var lines = new List<string> { $"| variant | who | {string.Join(" | ", figures)} |", $"| --- | --- |{string.Concat(figures.Select(_ => " --- |"))}" };
        foreach (var row in samples.GroupBy(s => (s.Variant, s.Peer)).OrderBy(r => samples.ToList().FindIndex(s => s.Variant == r.Key.Variant)))
            lines.Add($"| {row.Key.Variant} | {row.Key.Peer} | {string.Join(" | ", figures.Select(f => Cell([.. row.Select(s => s.Figures[f]).Order()])))} |");
        return string.Concat(lines.Select(l => l + "\n"));
    }

    static string Cell(IReadOnlyList<double> values) =>
        values.Count == 1 || values[0] == values[^1] ? Number(values[0]) : $"{Number(Statistics.Median(values))} ({Number(values[0])} to {Number(values[^1])})";

    static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
