using System.Diagnostics;
using System.Runtime.InteropServices;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Measuring;

/// <summary>What the benchmarks run on.</summary>
static class Machine
{
    public static IReadOnlyDictionary<string, string> Describe() => new Dictionary<string, string>
    {
        ["system"] = Line("/etc/os-release", "PRETTY_NAME=")?.Trim('"') ?? RuntimeInformation.OSDescription,
        ["kernel"] = Environment.OSVersion.VersionString,
        ["processor"] = Line("/proc/cpuinfo", "model name")?.TrimStart('\t', ' ', ':') ?? RuntimeInformation.ProcessArchitecture.ToString(),
        ["processors"] = Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["memory"] = Line("/proc/meminfo", "MemTotal:")?.Trim() ?? "unknown",
        [".NET"] = Environment.Version.ToString(),
        ["PostgreSQL"] = Clients.TryOutput(PostgresPrograms.PathOf("postgres"), "--version") ?? "unknown",
        ["Bucardo for PowerShell"] = Repository.Console is { } console && FileVersionInfo.GetVersionInfo(console).ProductVersion is { } version ? version : "not built",
    };

    static string? Line(string file, string start)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(l => l.StartsWith(start, StringComparison.Ordinal))?[start.Length..];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
