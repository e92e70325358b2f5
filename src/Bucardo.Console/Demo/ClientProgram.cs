using System.ComponentModel;
using System.Diagnostics;
using Bucardo.Model;

namespace Bucardo.Console.Demo;

/// <summary>Runs PostgreSQL's client programs.</summary>
static class ClientProgram
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="feed">Writes what the program reads; null: nothing.</param>
    /// <param name="output">Gets what it prints; null: nobody wants it.</param>
    /// <param name="errorLine">Gets the lines that it prints to stderr.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="BucardoException">ProgramFailed, with the last lines of stderr.</exception>
    public static async Task RunAsync(
        string path, IEnumerable<string> arguments, Func<Stream, Task>? feed, Stream? output, Action<string>? errorLine, CancellationToken cancellation)
    {
        using var process = Start(path, arguments);
        try
        {
            var printing = process.StandardOutput.BaseStream.CopyToAsync(output ?? Stream.Null, cancellation);
            var errors = ReadLinesAsync(process.StandardError, errorLine, cancellation);
            if (feed is not null) await feed(process.StandardInput.BaseStream);
            process.StandardInput.Close();
            await Task.WhenAll(printing, errors, process.WaitForExitAsync(cancellation));
            if (process.ExitCode == 0) return;
            // Ctrl+C in a terminal reaches the program before the demo has heard of it: that is no failure.
            await Task.Delay(300, cancellation);
            var reason = string.Join(' ', (await errors).TakeLast(3));
            throw new BucardoException("ProgramFailed", ErrorKind.InvalidOperation, $"{Path.GetFileName(path)} failed with exit code {process.ExitCode}: {reason}");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    static Process Start(string path, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new BucardoException("ProgramFailed", ErrorKind.InvalidOperation, $"{path} cannot be run: {e.Message}.", e);
        }
    }

    static async Task<IReadOnlyList<string>> ReadLinesAsync(StreamReader reader, Action<string>? heard, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            lines.Add(line);
            heard?.Invoke(line);
        }
        return lines;
    }
}
