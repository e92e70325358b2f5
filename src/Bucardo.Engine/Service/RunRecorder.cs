using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Model;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Writes a sync's rounds to its history. Rounds follow each other in milliseconds under load, so those of about a second become one row;
/// a round that somebody waits for, and a failed one, has a row of its own. While the control database is away, rounds go on and their counts wait.
/// </summary>
sealed class RunRecorder(Func<ControlDatabase?> control, Sync sync, TimeProvider time, ILogger log)
{
    static readonly TimeSpan s_together = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longestWrite = TimeSpan.FromSeconds(5);

    RoundResult? _waiting;
    DateTimeOffset _waitingSince;
    long _lastWrite;
    string _news = "";

    /// <summary>When what waits should be written; null when nothing waits.</summary>
    public TimeSpan? Due => _waiting is null ? null : Max(TimeSpan.Zero, s_together - time.GetElapsedTime(_lastWrite));

    /// <summary>Notes a round. Returns the number of its row where it has one already.</summary>
    public async Task<long> AddAsync(DateTimeOffset started, RoundResult result, bool isAwaited, CancellationToken cancellation)
    {
        if (!isAwaited)
        {
            // Who kicks by trigger and finds nothing has found what an earlier round took along: no news.
            if (result.IsEmpty && result.Problems.Count == 0 && !IsNews(result)) return 0;
            if (_waiting is null) (_waiting, _waitingSince) = (result, started);
            else _waiting = _waiting.Add(result) with { Deferred = result.Deferred, Problems = result.Problems, Paused = result.Paused, Waiting = result.Waiting };
            return Due > TimeSpan.Zero ? 0 : await FlushAsync(cancellation);
        }
        await FlushAsync(cancellation);
        return await WriteAsync(RunRecord.Of(sync.Name, started, result), cancellation);
    }

    // That a table is paused, or goes on, or that conflicts wait, is worth a row even if nothing moved.
    bool IsNews(RoundResult result)
    {
        var news = string.Join(", ", result.Paused.Select(p => p.Table + p.Problems.Count)) + string.Concat(result.Waiting.Select(w => "\n" + w.Reason));
        if (news == _news) return false;
        _news = news;
        return true;
    }

    /// <summary>Notes a failure.</summary>
    public async Task<long> AddFailureAsync(DateTimeOffset started, Exception error, CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        if (error is BucardoException { ErrorId: "ConflictAbort" } && control() is { } database)
            await TryAsync(async () => await database.Syncs.SetPausedAsync(sync.Name, true, error.Message, cancellation), cancellation);
        return await WriteAsync(RunRecord.OfFailure(sync.Name, started, error.Message), cancellation);
    }

    /// <summary>Writes what waits.</summary>
    public async Task<long> FlushAsync(CancellationToken cancellation)
    {
        if (_waiting is null) return 0;
        var id = await WriteAsync(RunRecord.Of(sync.Name, _waitingSince, _waiting), cancellation);
        if (id != 0) _waiting = null;
        return id;
    }

    async Task<long> WriteAsync(SyncRun run, CancellationToken cancellation)
    {
        _lastWrite = time.GetTimestamp();
        if (run.Outcome == RunOutcome.Good)
            log.LogInformation("Sync {Sync}: {Inserts} inserted, {Updates} updated, {Deletes} deleted, {Conflicts} conflicts.", sync.Name, run.Inserts, run.Updates, run.Deletes, run.Conflicts);
        long id = 0;
        if (control() is { } database) await TryAsync(async () => id = (await database.SyncRuns.RecordAsync(run, cancellation)).Id, cancellation);
        return id;
    }

    async Task TryAsync(Func<Task> write, CancellationToken cancellation)
    {
        try
        {
            // A round must not wait for long for a control database that does not answer: the counts go with a later one.
            await write().WaitAsync(s_longestWrite, cancellation);
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException or InvalidOperationException or IOException or TimeoutException
            && !cancellation.IsCancellationRequested)
        {
            // InvalidOperationException: the service has just given the connection up, because the control database is away.
            log.LogWarning("The history of sync {Sync} cannot be written: {Reason}", sync.Name, e.Message);
        }
    }

    static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
