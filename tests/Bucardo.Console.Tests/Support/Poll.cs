using System.Diagnostics;

namespace Bucardo.Console.Tests.Support;

/// <summary>Waits for something that another process does.</summary>
static class Poll
{
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(90);

    /// <summary>Returns once the condition holds.</summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="limit">Then it fails.</param>
    /// <param name="explain">What to say when it fails.</param>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan limit, Func<string> explain)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit) throw new TimeoutException($"Not within {limit.TotalSeconds} s: {explain()}");
            await Task.Delay(25);
        }
    }

    public static Task UntilAsync(Func<bool> condition, TimeSpan limit, Func<string> explain) => UntilAsync(() => Task.FromResult(condition()), limit, explain);
}
