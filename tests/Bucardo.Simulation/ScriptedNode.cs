using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Simulation;

/// <summary>A node as a daemon of a script sees it: before and after every effect the script may have something happen.</summary>
sealed class ScriptedNode(IRoundNode inner, MemorySession session, Daemon daemon) : IRoundNode
{
    public int Id => inner.Id;
    public string Name => inner.Name;
    public bool HasChanges => inner.HasChanges;
    public bool IsSource => inner.IsSource;

    async Task<T> OnAsync<T>(string effect, Func<Task<T>> run)
    {
        await daemon.ReachAsync(after: false, effect, session);
        var result = await run();
        await daemon.ReachAsync(after: true, effect, session);
        return result;
    }

    Task OnAsync(string effect, Func<Task> run) => OnAsync(effect, async () =>
    {
        await run();
        return true;
    });

    public Task<NodeState> BeginReadAsync(CancellationToken cancellation) => OnAsync("snapshot", () => inner.BeginReadAsync(cancellation));

    public Task<ulong?> FindFirstSinceAsync(DateTime since, CancellationToken cancellation) => inner.FindFirstSinceAsync(since, cancellation);

    public Task<IReadOnlyCollection<ChangeMark>> FindLoggedSinceAsync(int origin, ulong first, CancellationToken cancellation) => inner.FindLoggedSinceAsync(origin, first, cancellation);

    public Task<bool> IsTimelineTakenElsewhereAsync(int origin, int timeline, CancellationToken cancellation) => inner.IsTimelineTakenElsewhereAsync(origin, timeline, cancellation);

    public Task<IReadOnlyCollection<ChangeMark>> FindSameAsync(int origin, IReadOnlyCollection<ChangeMark> changes, CancellationToken cancellation) => inner.FindSameAsync(origin, changes, cancellation);

    public Task FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);

    public Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation) =>
        inner.AdoptTimelineAsync(expectedRound, origin, cut, known, cancellation);

    public Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation) =>
        OnAsync("count", () => inner.CountPendingAsync(window, limit, cancellation));

    public Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation) => OnAsync("cut", () => inner.FindCutAsync(window, limit, cancellation));

    public Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) => inner.FindPastAsync(read, cancellation);

    public Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation) =>
        OnAsync("collect", () => inner.CollectAsync(table, window, deferredKeys, knowledge, cancellation));

    public Task<IReadOnlyCollection<string>> FindLoggedAsync(int table, RowVersion version, IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
        inner.FindLoggedAsync(table, version, keys, cancellation);

    public Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation) => OnAsync("truncations", () => inner.FindTruncationsAsync(window, cancellation));

    public Task PickAsync(int table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation) => OnAsync("pick", () => inner.PickAsync(table, parts, cancellation));

    public Task<IReadOnlyList<string?[]>?> ReadPendingAsync(int table, Window window, CancellationToken cancellation) =>
        OnAsync("send", () => inner.ReadPendingAsync(table, window, cancellation));

    public Task<IReadOnlyList<string?[]>?> ReadPickedAsync(int table, int part, CancellationToken cancellation) => OnAsync("send", () => inner.ReadPickedAsync(table, part, cancellation));

    public Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) =>
        OnAsync("contest", () => inner.ReadRowsAsync(table, keys, cancellation));

    public Task<Stream> OpenPendingAsync(int table, Window window, CancellationToken cancellation) => inner.OpenPendingAsync(table, window, cancellation);

    public Task<Stream> OpenPickedAsync(int table, int part, CancellationToken cancellation) => inner.OpenPickedAsync(table, part, cancellation);

    public Task<Stream> OpenStageAsync(int table, CancellationToken cancellation) => inner.OpenStageAsync(table, cancellation);

    public TableLayout LayoutOf(int table) => inner.LayoutOf(table);

    public bool WritesInParts(int table, bool log) => inner.WritesInParts(table, log);

    public Task<PartOutcome> WritePartAsync(int table, Applied applied, CancellationToken cancellation) => inner.WritePartAsync(table, applied, cancellation);

    public Task<bool> TryInsertPartAsync(int table, BinaryRows rows, Applied applied, CancellationToken cancellation) => inner.TryInsertPartAsync(table, rows, applied, cancellation);

    public Task EndReadAsync() => inner.EndReadAsync();

    public Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation) => OnAsync("begin", () => inner.BeginApplyAsync(opening, cancellation));

    public Task<IReadOnlyList<string>> ApplyTruncationAsync(
        int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation) =>
        OnAsync("truncate", () => inner.ApplyTruncationAsync(table, version, keep, snapshot, log, applied, cancellation));

    public Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
        int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation) =>
        OnAsync("apply", () => inner.ApplyRowsAsync(table, rows, snapshot, strategy, log, applied, cancellation));

    public Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
        int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation) =>
        OnAsync("settle", () => inner.ApplySettlementsAsync(table, settlements, snapshot, strategy, applied, cancellation));

    public Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishRowsAsync(StepReach reach, Applied applied, CancellationToken cancellation) =>
        OnAsync("finish", () => inner.FinishRowsAsync(reach, applied, cancellation));

    public Task RecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
        OnAsync("record", () => inner.RecordAsync(progress, deferred, deferredChanged, cancellation));

    public Task KeepContextsAsync(IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held, CancellationToken cancellation) => inner.KeepContextsAsync(held, cancellation);

    public Task RecordLaneAsync(int table, IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
        inner.RecordLaneAsync(table, progress, deferred, deferredChanged, cancellation);

    public Task CommitAsync(CancellationToken cancellation) => OnAsync("commit", () => inner.CommitAsync(cancellation));

    public Task<IReadOnlyList<string?>> ReadStatesAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) => inner.ReadStatesAsync(table, keys, cancellation);

    public Task HoldAsync(IReadOnlyDictionary<int, IReadOnlyCollection<string>> keys, CancellationToken cancellation) => inner.HoldAsync(keys, cancellation);

    public void NoteConflicts(int table, IReadOnlyList<PickedKey> overwritten, IReadOnlyList<PickedKey> truncated, IReadOnlySet<string> open) =>
        inner.NoteConflicts(table, overwritten, truncated, open);

    public Task RollbackAsync() => inner.RollbackAsync();
}
