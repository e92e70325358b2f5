using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Simulation;

/// <summary>A node that passes everything on; what breaks the algorithm overrides one thing.</summary>
abstract class PassingNode(IRoundNode inner) : IRoundNode
{
    public int Id => inner.Id;
    public string Name => inner.Name;
    public bool HasChanges => inner.HasChanges;
    public bool IsSource => inner.IsSource;

    public virtual Task<NodeState> BeginReadAsync(CancellationToken cancellation) => inner.BeginReadAsync(cancellation);

    public virtual Task<ulong?> FindFirstSinceAsync(DateTime since, CancellationToken cancellation) => inner.FindFirstSinceAsync(since, cancellation);

    public virtual Task<IReadOnlyCollection<ChangeMark>> FindLoggedSinceAsync(int origin, ulong first, CancellationToken cancellation) => inner.FindLoggedSinceAsync(origin, first, cancellation);

    public virtual Task<bool> IsTimelineTakenElsewhereAsync(int origin, int timeline, CancellationToken cancellation) => inner.IsTimelineTakenElsewhereAsync(origin, timeline, cancellation);

    public virtual Task<IReadOnlyCollection<ChangeMark>> FindSameAsync(int origin, IReadOnlyCollection<ChangeMark> changes, CancellationToken cancellation) => inner.FindSameAsync(origin, changes, cancellation);

    public virtual Task FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);

    public virtual Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation) =>
        inner.AdoptTimelineAsync(expectedRound, origin, cut, known, cancellation);

    public virtual Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation) =>
        inner.CountPendingAsync(window, limit, cancellation);

    public virtual Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation) => inner.FindCutAsync(window, limit, cancellation);

    public virtual Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation) =>
        inner.CollectAsync(table, window, deferredKeys, knowledge, cancellation);

    public virtual Task<IReadOnlyCollection<string>> FindLoggedAsync(int table, RowVersion version, IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
        inner.FindLoggedAsync(table, version, keys, cancellation);

    public virtual Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) => inner.FindPastAsync(read, cancellation);

    public virtual Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation) => inner.FindTruncationsAsync(window, cancellation);

    public virtual Task PickAsync(int table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation) => inner.PickAsync(table, parts, cancellation);

    public virtual Task<IReadOnlyList<string?[]>?> ReadPendingAsync(int table, Window window, CancellationToken cancellation) =>
        inner.ReadPendingAsync(table, window, cancellation);

    public virtual Task<IReadOnlyList<string?[]>?> ReadPickedAsync(int table, int part, CancellationToken cancellation) => inner.ReadPickedAsync(table, part, cancellation);

    public virtual Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) =>
        inner.ReadRowsAsync(table, keys, cancellation);

    public virtual Task<Stream> OpenPendingAsync(int table, Window window, CancellationToken cancellation) => inner.OpenPendingAsync(table, window, cancellation);

    public virtual Task<Stream> OpenPickedAsync(int table, int part, CancellationToken cancellation) => inner.OpenPickedAsync(table, part, cancellation);

    public virtual Task<Stream> OpenStageAsync(int table, CancellationToken cancellation) => inner.OpenStageAsync(table, cancellation);

    public virtual TableLayout LayoutOf(int table) => inner.LayoutOf(table);

    public virtual bool WritesInParts(int table, bool log) => inner.WritesInParts(table, log);

    public virtual Task<PartOutcome> WritePartAsync(int table, Applied applied, CancellationToken cancellation) => inner.WritePartAsync(table, applied, cancellation);

    public virtual Task<bool> TryInsertPartAsync(int table, BinaryRows rows, Applied applied, CancellationToken cancellation) => inner.TryInsertPartAsync(table, rows, applied, cancellation);

    public virtual Task EndReadAsync() => inner.EndReadAsync();

    public virtual Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation) => inner.BeginApplyAsync(opening, cancellation);

    public virtual Task<IReadOnlyList<string>> ApplyTruncationAsync(
        int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation) =>
        inner.ApplyTruncationAsync(table, version, keep, snapshot, log, applied, cancellation);

    public virtual Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
        int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation) =>
        inner.ApplyRowsAsync(table, rows, snapshot, strategy, log, applied, cancellation);

    public virtual Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
        int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation) =>
        inner.ApplySettlementsAsync(table, settlements, snapshot, strategy, applied, cancellation);

    public virtual Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishRowsAsync(StepReach reach, Applied applied, CancellationToken cancellation) => inner.FinishRowsAsync(reach, applied, cancellation);

    public virtual Task RecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
        inner.RecordAsync(progress, deferred, deferredChanged, cancellation);

    public virtual Task KeepContextsAsync(IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held, CancellationToken cancellation) => inner.KeepContextsAsync(held, cancellation);

    public virtual Task RecordLaneAsync(int table, IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
        inner.RecordLaneAsync(table, progress, deferred, deferredChanged, cancellation);

    public virtual Task CommitAsync(CancellationToken cancellation) => inner.CommitAsync(cancellation);

    public virtual Task<IReadOnlyList<string?>> ReadStatesAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) => inner.ReadStatesAsync(table, keys, cancellation);

    public virtual Task HoldAsync(IReadOnlyDictionary<int, IReadOnlyCollection<string>> keys, CancellationToken cancellation) => inner.HoldAsync(keys, cancellation);

    public virtual void NoteConflicts(int table, IReadOnlyList<PickedKey> overwritten, IReadOnlyList<PickedKey> truncated, IReadOnlySet<string> open) =>
        inner.NoteConflicts(table, overwritten, truncated, open);

    public virtual Task RollbackAsync() => inner.RollbackAsync();
}
