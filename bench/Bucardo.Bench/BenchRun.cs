using System.Diagnostics;

namespace Bucardo.Bench;

/// <summary>Collects figures over the repetitions of a benchmark and prints minimum, median and maximum of each.</summary>
public sealed class BenchRun(int repeat)
{
    readonly List<string> _order = [];
    readonly Dictionary<string, List<double>> _figures = [];

    public int Repeat => repeat;

    public void Add(string figure, double value)
    {
        if (!_figures.TryGetValue(figure, out var values))
        {
            _order.Add(figure);
            _figures[figure] = values = [];
        }
        values.Add(value);
    }

    /// <summary>Times something, with the processor time that this process spent on it.</summary>
    public async Task TimeAsync(string figure, Func<Task> run)
    {
        var (clock, cpu) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        await run();
        Add(figure + ", s", clock.Elapsed.TotalSeconds);
        Add(figure + ", CPU s of the service", (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
    }

    public void Print()
    {
        Console.WriteLine($"  {"",-48} {"min",10} {"median",10} {"max",10}");
        foreach (var figure in _order)
        {
            var values = _figures[figure].Order().ToList();
            Console.WriteLine(FormattableString.Invariant($"  {figure,-48} {values[0],10:0.###} {values[values.Count / 2],10:0.###} {values[^1],10:0.###}"));
        }
    }
}
