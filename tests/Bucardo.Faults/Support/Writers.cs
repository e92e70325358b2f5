namespace Bucardo.Faults.Support;

/// <summary>Writers on all sources of a world, that write while something else happens.</summary>
sealed class Writers : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly List<Writer> _all;
    readonly Task _running;

    Writers(List<Writer> writers, TimeSpan pause)
    {
        _all = writers;
        _running = Task.WhenAll(writers.Select(w => Task.Run(() => w.RunAsync(pause, _stop.Token))));
    }

    /// <summary>Lets writers begin, or go on.</summary>
    public static Writers Start(List<Writer> writers, TimeSpan? pause = null) => new(writers, pause ?? TimeSpan.FromMilliseconds(20));

    /// <summary>Makes a writer for each of some nodes and lets them begin. Most who call this wait for something meanwhile, and other tests run beside them: so they write more slowly.</summary>
    public static Writers Start(FaultWorld world, int seed, int[]? nodes = null, TimeSpan? pause = null) =>
        Start([.. (nodes ?? [.. Enumerable.Range(0, world.Nodes.Count)]).Select(n => new Writer(world.Nodes[n], n, seed))], pause ?? TimeSpan.FromMilliseconds(60));

    /// <summary>None of them writes while their server loses something.</summary>
    public static Task LoseAsync(IEnumerable<Writer> writers, Func<Task> lose) => writers.Aggregate(lose, (inner, writer) => () => writer.LoseAsync(inner))();

    public IReadOnlyList<Writer> All => _all;

    /// <summary>Waits until the writers have done what they were at, and returns them.</summary>
    public async Task<IReadOnlyList<Writer>> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return _all;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
