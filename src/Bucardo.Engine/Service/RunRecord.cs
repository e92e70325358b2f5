using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>Makes rows of the history out of what rounds did.</summary>
static class RunRecord
{
    // What is written to the control database with every round must not grow without bound.
    const int MostWaiting = 10;

    public static SyncRun Of(string sync, DateTimeOffset started, RoundResult result) => new()
    {
        Sync = sync,
        Started = started,
        Ended = TimeProvider.System.GetUtcNow(),
        Outcome = result.IsEmpty ? RunOutcome.Empty : RunOutcome.Good,
        Inserts = result.Inserts,
        Updates = result.Updates,
        Deletes = result.Deletes,
        Truncates = result.Truncates,
        Conflicts = result.Conflicts,
        Deferred = result.Deferred,
        Problems =
        [
            .. result.Problems,
            .. result.Paused.SelectMany(t => t.Problems).Where(p => p.Database is not null).Select(p => new NodeProblem(p.Database!, p.Message)),
            .. result.Waiting.Take(MostWaiting).Select(w => new NodeProblem(w.Database, w.Reason)),
        ],
        Status = (result.Problems.Count == 0 ? "Complete" : "Complete, but for " + string.Join(", ", result.Problems.Select(p => p.Database).Distinct()))
            + string.Concat(result.Paused.Select(p => $"; {Catalog.Rows.Word(p.Type)} {p.Table} is paused"))
            + (result.Waiting.Count == 0 ? "" : $"; {(result.Waiting.Count == 1 ? "a conflict waits" : $"{result.Waiting.Count} conflicts wait")} for custom code. {result.Waiting[0].Reason}"),
    };

    public static SyncRun OfFailure(string sync, DateTimeOffset started, string message) => new()
    {
        Sync = sync,
        Started = started,
        Ended = TimeProvider.System.GetUtcNow(),
        Outcome = RunOutcome.Bad,
        Status = message,
    };

    /// <summary>Records a failed round; a conflict that nobody may decide pauses the sync.</summary>
    public static async Task<SyncRun> RecordFailureAsync(ControlDatabase control, Sync sync, DateTimeOffset started, Exception error, CancellationToken cancellation)
    {
        if (error is BucardoException { ErrorId: "ConflictAbort" }) await control.Syncs.SetPausedAsync(sync.Name, true, error.Message, cancellation);
        return await control.SyncRuns.RecordAsync(OfFailure(sync.Name, started, error.Message), cancellation);
    }
}
