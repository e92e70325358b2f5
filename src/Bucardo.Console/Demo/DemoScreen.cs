using System.Diagnostics;
using System.Globalization;

namespace Bucardo.Console.Demo;

/// <summary>What the demo prints: steps with the time, results, and how far it is. In a terminal the latter is one line that changes.</summary>
sealed class DemoScreen(TextWriter writer, bool isTerminal)
{
    static readonly TimeSpan s_betweenLines = TimeSpan.FromSeconds(3);

    readonly object _lock = new();
    readonly long _start = Stopwatch.GetTimestamp();
    long _lastStatus = Stopwatch.GetTimestamp();
    int _statusLength;

    /// <summary>Since the demo began.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>A new step begins.</summary>
    public void Step(string text)
    {
        lock (_lock)
        {
            _lastStatus = Stopwatch.GetTimestamp();
            Print(string.Create(CultureInfo.InvariantCulture, $"{Environment.NewLine}[{Elapsed:mm\\:ss}] {text}"));
        }
    }

    /// <summary>A line that stays.</summary>
    public void Line(string text)
    {
        lock (_lock) Print("        " + text);
    }

    /// <summary>How far the step is: replaces the line before in a terminal; elsewhere a line now and then.</summary>
    public void Status(string text)
    {
        lock (_lock)
        {
            if (isTerminal)
            {
                var line = "        " + text;
                writer.Write("\r" + line.PadRight(_statusLength));
                _statusLength = line.Length;
            }
            else if (Stopwatch.GetElapsedTime(_lastStatus) >= s_betweenLines)
            {
                _lastStatus = Stopwatch.GetTimestamp();
                Print("        ... " + text);
            }
        }
    }

    /// <summary>Says how far something is, several times a second, until it is done.</summary>
    public async Task<T> WatchAsync<T>(Task<T> work, Func<TimeSpan, string> status)
    {
        var start = Stopwatch.GetTimestamp();
        while (await Task.WhenAny(work, Task.Delay(200)) != work) Status(status(Stopwatch.GetElapsedTime(start)));
        return await work;
    }

    void Print(string line)
    {
        if (_statusLength > 0) writer.Write("\r" + new string(' ', _statusLength) + "\r");
        _statusLength = 0;
        writer.WriteLine(line);
    }
}
