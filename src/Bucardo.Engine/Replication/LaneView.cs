using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>
/// A node as one lane sees it: only the lane's tables, with the lane's context. What is not said here is passed on.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="all">All nodes of the step.</param>
/// <param name="tables">The lane's tables.</param>
/// <param name="lane">The table that has the lane for itself; null for the main lane, in which all go that have no context of their own.</param>
/// <param name="alone">In the main lane: the tables that do not go along, so that their contexts are to be kept.</param>
sealed class LaneView(LaneNode node, IReadOnlyList<LaneNode> all, IReadOnlySet<int> tables, int? lane, IReadOnlyCollection<int> alone) : IRoundNode
{
    readonly IRoundNode _inner = node.Inner;
    IReadOnlyList<DeferredVersion>? _recorded;
    bool _hasRead;

    public int Id => _inner.Id;
    public string Name => _inner.Name;
    public bool HasChanges => _inner.HasChanges;
    public bool IsSource => _inner.IsSource;

    public async Task<NodeState> BeginReadAsync(CancellationToken cancellation)
    {
        // The snapshot is open already; who asks again wants a new one, because something has been written.
        if (_hasRead) await node.ReadAsync(cancellation);
        _hasRead = true;
        var progress = lane is { } table && node.State.Held.TryGetValue(table, out var held) ? With(node.State.Progress, held) : node.State.Progress;
        return node.State with
        {
            Round = node.Round,
            Progress = progress,
            Deferred = [.. node.Deferred.Where(d => tables.Contains(d.Table))],
            Held = new Dictionary<int, IReadOnlyDictionary<int, OriginProgress>>(),
        };
    }

    public Task FlushAsync(CancellationToken cancellation) => _inner.FlushAsync(cancellation);

    static Dictionary<int, OriginProgress> With(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyDictionary<int, OriginProgress> held)
    {
        var merged = progress.ToDictionary(p => p.Key, p => p.Value);
        foreach (var (origin, seen) in held) merged[origin] = seen with { Timeline = progress.GetValueOrDefault(origin).Timeline, IsIncomplete = progress.GetValueOrDefault(origin).IsIncomplete };
        return merged;
    }

    public Task RecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation)
    {
        _recorded = [.. node.Deferred.Where(d => !tables.Contains(d.Table)), .. deferred];
        if (lane is { } table) return _inner.RecordLaneAsync(table, progress, _recorded, deferredChanged, cancellation);
        return HoldAndRecordAsync(progress, _recorded, deferredChanged, cancellation);
    }

    async Task HoldAndRecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyList<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation)
    {
        var held = alone.SelectMany(t => progress.Keys.Where(o => !(node.State.Held.TryGetValue(t, out var known) && known.ContainsKey(o))).Select(o => (t, o, Before(o)))).ToList();
        if (held.Count > 0) await _inner.KeepContextsAsync(held, cancellation);
        await _inner.RecordAsync(progress, deferred, deferredChanged, cancellation);
    }

    // As the planner has it: a receiver that has no progress yet starts where the source registered it.
    OriginProgress Before(int origin)
    {
        if (node.State.Progress.TryGetValue(origin, out var progress)) return progress;
        var start = all.FirstOrDefault(n => n.Inner.Id == origin)?.State.Acknowledged.GetValueOrDefault(Id) ?? Snapshot.Empty;
        return new OriginProgress(start, start, null);
    }

    public async Task CommitAsync(CancellationToken cancellation)
    {
        await _inner.CommitAsync(cancellation);
        if (_recorded is not null) node.Committed(_recorded);
    }

    Window Mine(Window window) => window with { Tables = tables };

    public Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation) =>
        _inner.CountPendingAsync(Mine(window), limit, cancellation);

    public Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation) => _inner.FindCutAsync(Mine(window), limit, cancellation);

    // What is remembered is the context of the tables that go together.
    public Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) => lane is null ? _inner.FindPastAsync(read, cancellation) : Task.FromResult(PastProgress.Unknown);

    public Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation) => _inner.FindTruncationsAsync(Mine(window), cancellation);

    // The snapshot serves the other lanes too; the step closes it.
    public Task EndReadAsync() => Task.CompletedTask;

    public Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation) =>
        _inner.CollectAsync(table, window, deferredKeys, knowledge, cancellation);

    public Task<IReadOnlyCollection<string>> FindLoggedAsync(int table, RowVersion version, IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
        _inner.FindLoggedAsync(table, version, keys, cancellation);

    public Task<ulong?> FindFirstSinceAsync(DateTime since, CancellationToken cancellation) => _inner.FindFirstSinceAsync(since, cancellation);

    public Task<IReadOnlyCollection<ChangeMark>> FindLoggedSinceAsync(int origin, ulong first, CancellationToken cancellation) => _inner.FindLoggedSinceAsync(origin, first, cancellation);

    public Task<bool> IsTimelineTakenElsewhereAsync(int origin, int timeline, CancellationToken cancellation) => _inner.IsTimelineTakenElsewhereAsync(origin, timeline, cancellation);

    public Task<IReadOnlyCollection<ChangeMark>> FindSameAsync(int origin, IReadOnlyCollection<ChangeMark> changes, CancellationToken cancellation) => _inner.FindSameAsync(origin, changes, cancellation);

    public Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation) =>
        _inner.AdoptTimelineAsync(expectedRound, origin, cut, known, cancellation);

    public Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) => _inner.ReadRowsAsync(table, keys, cancellation);

    public Task<IReadOnlyList<string?>> ReadStatesAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) => _inner.ReadStatesAsync(table, keys, cancellation);

    public Task HoldAsync(IReadOnlyDictionary<int, IReadOnlyCollection<string>> keys, CancellationToken cancellation) => _inner.HoldAsync(keys, cancellation);

    public void NoteConflicts(int table, IReadOnlyList<PickedKey> overwritten, IReadOnlyList<PickedKey> truncated, IReadOnlySet<string> open) =>
        _inner.NoteConflicts(table, overwritten, truncated, open);

    public Task PickAsync(int table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation) => _inner.PickAsync(table, parts, cancellation);

    public Task<IReadOnlyList<string?[]>?> ReadPendingAsync(int table, Window window, CancellationToken cancellation) => _inner.ReadPendingAsync(table, window, cancellation);

    public Task<IReadOnlyList<string?[]>?> ReadPickedAsync(int table, int part, CancellationToken cancellation) => _inner.ReadPickedAsync(table, part, cancellation);

    public Task<Stream> OpenPendingAsync(int table, Window window, CancellationToken cancellation) => _inner.OpenPendingAsync(table, window, cancellation);

    public Task<Stream> OpenPickedAsync(int table, int part, CancellationToken cancellation) => _inner.OpenPickedAsync(table, part, cancellation);

    public Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation) => _inner.BeginApplyAsync(opening, cancellation);

    public Task<Stream> OpenStageAsync(int table, CancellationToken cancellation) => _inner.OpenStageAsync(table, cancellation);

    public TableLayout LayoutOf(int table) => _inner.LayoutOf(table);

    public bool WritesInParts(int table, bool log) => _inner.WritesInParts(table, log);

    public Task<PartOutcome> WritePartAsync(int table, Applied applied, CancellationToken cancellation) => _inner.WritePartAsync(table, applied, cancellation);

    public Task<bool> TryInsertPartAsync(int table, BinaryRows rows, Applied applied, CancellationToken cancellation) => _inner.TryInsertPartAsync(table, rows, applied, cancellation);

    public Task<IReadOnlyList<string>> ApplyTruncationAsync(int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation) =>
        _inner.ApplyTruncationAsync(table, version, keep, snapshot, log, applied, cancellation);

    public Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
        int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation) =>
        _inner.ApplyRowsAsync(table, rows, snapshot, strategy, log, applied, cancellation);

    public Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
        int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation) =>
        _inner.ApplySettlementsAsync(table, settlements, snapshot, strategy, applied, cancellation);

    public Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishRowsAsync(StepReach reach, Applied applied, CancellationToken cancellation) => _inner.FinishRowsAsync(reach, applied, cancellation);

    public Task KeepContextsAsync(IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held, CancellationToken cancellation) => _inner.KeepContextsAsync(held, cancellation);

    public Task RecordLaneAsync(int table, IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
        _inner.RecordLaneAsync(table, progress, deferred, deferredChanged, cancellation);

    public Task RollbackAsync() => _inner.RollbackAsync();
}
