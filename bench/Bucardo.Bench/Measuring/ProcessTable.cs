using System.Globalization;

namespace Bucardo.Bench.Measuring;

/// <summary>What /proc says of all processes at one moment: who is whose child, and the processor time that each has used.</summary>
sealed class ProcessTable
{
    // What /proc counts in, on every Linux.
    const double TicksPerSecond = 100;

    readonly Dictionary<int, (int Parent, double Cpu)> _processes = [];

    ProcessTable(double busy) => Busy = busy;

    /// <summary>Seconds that all processors together have been busy since the machine was started.</summary>
    public double Busy { get; }

    public static ProcessTable Read()
    {
        var table = new ProcessTable(ReadBusy());
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id)) continue;
            try
            {
                // "pid (name) state ppid ...": the name may hold anything, so count from its closing bracket.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                // Own time, and that of children that have ended and been waited for.
                table._processes[id] = (int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(f => double.Parse(f, CultureInfo.InvariantCulture)) / TicksPerSecond);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }
        return table;
    }

    /// <summary>The processes and all their descendants.</summary>
    public HashSet<int> Tree(IEnumerable<int> roots)
    {
        var children = _processes.ToLookup(p => p.Value.Parent, p => p.Key);
        var tree = new HashSet<int>();
        var open = new Stack<int>(roots.Where(_processes.ContainsKey));
        while (open.TryPop(out var id))
            if (tree.Add(id))
                foreach (var child in children[id]) open.Push(child);
        return tree;
    }

    /// <summary>Processor time of some processes, in seconds.</summary>
    public double Cpu(IEnumerable<int> ids) => ids.Sum(id => _processes.TryGetValue(id, out var process) ? process.Cpu : 0);

    static double ReadBusy()
    {
        // cpu user nice system idle iowait irq softirq steal
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToList();
        return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]) / TicksPerSecond;
    }
}
