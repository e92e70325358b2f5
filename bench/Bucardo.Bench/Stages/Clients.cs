using System.ComponentModel;
using System.Diagnostics;

namespace Bucardo.Bench.Stages;

/// <summary>Runs programs: PostgreSQL's clients, and the peers' commands.</summary>
static class Clients
{
    /// <summary>Runs a program to its end and returns what it printed.</summary>
    /// <exception cref="BenchException">It failed, or took longer than the limit.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellation, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(limit);
        try
        {
            process.StandardInput.Close();
            // A daemon that the program leaves behind may hold the pipes: they are not read to their ends.
            var (output, errors) = (new Collected(process.StandardOutput), new Collected(process.StandardError));
            await process.WaitForExitAsync(timer.Token);
            await Task.WhenAny(Task.WhenAll(output.Done, errors.Done), Task.Delay(200, timer.Token));
            return process.ExitCode == 0 ? output.Text : throw new BenchException($"{Path.GetFileName(program)} failed with exit code {process.ExitCode}: {Tail(output.Text + errors.Text)}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new BenchException($"{Path.GetFileName(program)} took longer than {limit.TotalSeconds:0} s.");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>What a program prints; null where it cannot be run, or fails.</summary>
    public static string? TryOutput(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEnd().Trim();
            return process.WaitForExit(10_000) && process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    static string Tail(string text) => text.Length > 1000 ? text[^1000..] : text.Trim();

    // Text as far as it has come.
    sealed class Collected
    {
        readonly System.Text.StringBuilder _text = new();

        public Collected(StreamReader reader) => Done = ReadAsync(reader);

        public Task Done { get; }

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        async Task ReadAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                lock (_text) _text.Append(line).Append('\n');
            }
        }
    }
}
