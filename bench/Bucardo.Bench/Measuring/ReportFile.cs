using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bucardo.Bench.Measuring;

/// <summary>Writes <c>out/bench/NAME.json</c>: when and where, with which command, and every sample.</summary>
static class ReportFile
{
    static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file and returns its path.</summary>
    public static async Task<string> SaveAsync(Benchmark benchmark, BenchRun run, DateTimeOffset started, bool equal)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "out", "bench"));
        var path = Path.Combine(folder.FullName, benchmark.Name + ".json");
        await using var file = File.Create(path);
        await JsonSerializer.SerializeAsync(file, new
        {
            Benchmark = benchmark.Name,
            benchmark.About,
            Date = started,
            Seconds = Math.Round((DateTimeOffset.Now - started).TotalSeconds, 1),
            Command = run.Options.Command,
            Options = run.Options.Used,
            Machine = Machine.Describe(),
            DataEqual = equal,
            run.Report.Notes,
            run.Report.Samples,
        }, s_options);
        return path;
    }
}
