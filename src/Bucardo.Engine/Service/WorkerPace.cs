using Bucardo.Engine.Replication;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>When a worker's rounds follow each other: kicks are answered at once, a steady stream of them with pauses. It holds for those, too, that the nodes have while another is brought level.</summary>
/// <param name="kicks">The worker's kicks.</param>
/// <param name="sync">The sync.</param>
/// <param name="options">How the service behaves.</param>
/// <param name="streamChanged">Hears when the worker begins to look by itself, and when it wants to be told again.</param>
/// <param name="stopping">The worker is to stop.</param>
sealed class WorkerPace(KickBox kicks, Sync sync, ServiceOptions options, Action streamChanged, CancellationToken stopping) : IRoundPace
{
    readonly Breath _breath = new();
    readonly KickStream _stream = new(sync.AutoKick, streamChanged);
    DateTimeOffset _notBefore;
    DateTimeOffset _enough;
    bool _waited;

    TimeProvider Time => options.Session.Time;

    /// <summary>Whether rounds follow each other without being kicked.</summary>
    public bool IsInStream => _stream.IsFlowing;

    /// <summary>When the next round of a stream is due; null: the worker waits to be kicked.</summary>
    public DateTimeOffset? NextLook => IsInStream ? _notBefore : null;

    /// <inheritdoc/>
    public bool IsEnough => stopping.IsCancellationRequested || Time.GetUtcNow() >= _enough;

    /// <summary>A round begins.</summary>
    public void Begin() => _enough = Time.GetUtcNow() + options.LongestCatchUp;

    /// <summary>A round is over.</summary>
    /// <param name="took">How long it took.</param>
    /// <param name="result">What it did; null: it failed.</param>
    public void End(TimeSpan took, RoundResult? result)
    {
        _notBefore = Time.GetUtcNow() + _breath.After(took, _waited || IsInStream);
        if (result is null) _stream.End();
        else _stream.Note(_breath.IsSteady, result.IsEmpty);
    }

    /// <summary>There are no more rounds.</summary>
    public void Leave() => _stream.End();

    /// <summary>Pauses before a round that is wanted, as long as the one before asks for.</summary>
    public Task BreatheAsync(CancellationToken cancellation) => BreatheAsync(isAwaited: kicks.HasTokens, cancellation);

    /// <inheritdoc/>
    public async Task NextAsync(RoundResult last, TimeSpan took, Task until, CancellationToken cancellation)
    {
        End(took, last);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var wait = last.Deferred > 0 || last.Problems.Count > 0 ? options.FirstRetry : sync.CheckTime ?? TimeSpan.FromDays(1);
        if (NextLook - Time.GetUtcNow() is { } pause && pause < wait) wait = pause > TimeSpan.Zero ? pause : TimeSpan.Zero;
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
