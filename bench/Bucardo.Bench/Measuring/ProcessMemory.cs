using System.Globalization;

namespace Bucardo.Bench.Measuring;

/// <summary>Memory of processes, in MiB.</summary>
static class ProcessMemory
{
    /// <summary>Lets the peaks begin anew. Where that is not allowed, they are those since the process was started.</summary>
    public static void ResetPeaks(IEnumerable<int> ids)
    {
        foreach (var id in ids)
        {
            try
            {
                File.WriteAllText($"/proc/{id}/clear_refs", "5");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else's process, or gone.
            }
        }
    }

    /// <summary>The most that the largest of them held at any time.</summary>
    public static double Peak(IEnumerable<int> ids) => ids.Select(id => Field($"/proc/{id}/status", "VmHWM:")).DefaultIfEmpty(0).Max();

    /// <summary>What they hold now; memory that processes share counts for each.</summary>
    public static double Resident(IEnumerable<int> ids) => ids.Sum(id => Field($"/proc/{id}/smaps_rollup", "Rss:"));

    /// <summary>What they hold now; memory that processes share is divided among them.</summary>
    public static double Proportional(IEnumerable<int> ids) => ids.Sum(id => Field($"/proc/{id}/smaps_rollup", "Pss:"));

    static double Field(string file, string name)
    {
        try
        {
            var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line[name.Length..].Replace("kB", "").Trim(), CultureInfo.InvariantCulture) / 1024;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
