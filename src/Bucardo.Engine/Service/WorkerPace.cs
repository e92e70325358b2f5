using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Service;

/// <summary>When a worker's rounds follow each other: kicks are answered at once, a steady stream of them with pauses. It holds for those, too, that the nodes have while another is brought level.</summary>
/// <param name="kicks">The worker's kicks.</param>
/// <param name="checkTime">How often the sync wants a round without being kicked; null: never.</param>
/// <param name="options">How the service behaves.</param>
/// <param name="stopping">The worker is to stop.</param>
sealed class WorkerPace(KickBox kicks, TimeSpan? checkTime, ServiceOptions options, CancellationToken stopping) : IRoundPace
{
    readonly Breath _breath = new();
    DateTimeOffset _notBefore;
    DateTimeOffset _enough;
    bool _waited;

    TimeProvider Time => options.Session.Time;

    /// <inheritdoc/>
    public bool IsEnough => stopping.IsCancellationRequested || Time.GetUtcNow() >= _enough;

    /// <summary>A round begins.</summary>
    public void Begin() => _enough = Time.GetUtcNow() + options.LongestCatchUp;

    /// <summary>A round is over.</summary>
    /// <param name="took">How long it took.</param>
    public void End(TimeSpan took) => _notBefore = Time.GetUtcNow() + _breath.After(took, _waited);

    /// <summary>Pauses before a round that is wanted, as long as the one before asks for.</summary>
    public Task BreatheAsync(CancellationToken cancellation) => BreatheAsync(isAwaited: kicks.HasTokens, cancellation);

    /// <inheritdoc/>
    public async Task NextAsync(RoundResult last, TimeSpan took, Task until, CancellationToken cancellation)
    {
        End(took);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var wait = last.Deferred > 0 || last.Problems.Count > 0 ? options.FirstRetry : checkTime ?? TimeSpan.FromDays(1);
        await Task.WhenAny(kicks.WaitAsync(wait, Time, waiting.Token), until);
        await waiting.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        if (until.IsCompleted) return;
        // Who waits for an answer waits for the catching up, too.
        await BreatheAsync(isAwaited: false, cancellation);
        kicks.TakeKick();
    }

    async Task BreatheAsync(bool isAwaited, CancellationToken cancellation)
    {
        var pause = _notBefore - Time.GetUtcNow();
        _waited = pause > TimeSpan.Zero;
        if (_waited && !isAwaited) await Task.Delay(pause, Time, cancellation);
    }
}
