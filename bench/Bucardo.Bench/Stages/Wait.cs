using System.Diagnostics;

namespace Bucardo.Bench.Stages;

static class Wait
{
    /// <summary>Looks until it is so.</summary>
    /// <exception cref="BenchException">It is not so within the limit.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> isSo, TimeSpan limit, TimeSpan pause, CancellationToken cancellation)
    {
        if (await TryUntilAsync(isSo, limit, pause, cancellation) is null) throw new BenchException($"{what} did not happen within {limit.TotalSeconds:0} s.");
    }

    /// <summary>Looks until it is so, and returns the seconds that it took; null: longer than the limit.</summary>
    public static async Task<double?> TryUntilAsync(Func<Task<bool>> isSo, TimeSpan limit, TimeSpan pause, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (clock.Elapsed > limit) return null;
            await Task.Delay(pause, cancellation);
        }
        return clock.Elapsed.TotalSeconds;
    }
}
