using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Simulation;

/// <summary>One daemon's connections to a node in memory: a snapshot to read from, and a transaction to apply in.</summary>
sealed class MemorySession : IRoundNode
{
    readonly MemoryNode _node;
    readonly List<(int Part, PickedKey Key)> _picked = [];
    NodeData _frozen = new();
    Writing? _apply;
    Action<NodeData>? _record;
    IReadOnlyCollection<int> _stranded = [];

    public MemorySession(MemoryNode node)
    {
        _node = node;
        node.Connect(this);
    }

    public int Id => _node.Id;
    public string Name => _node.Name;
    public bool HasChanges => _node.HasChanges;
    public bool IsSource => _node.IsSource;
    public MemoryNode Node => _node;

    /// <summary>True when the connections are lost: whatever is asked of them fails.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Loses the connections; the server rolls back.</summary>
    public void Break()
    {
        RollBack();
        IsBroken = true;
        _node.Disconnect(this);
    }

    public Task<NodeState> BeginReadAsync(CancellationToken cancellation)
    {
        _frozen = _node.Data.Copy();
        return Task.FromResult(new NodeState(_node.Snapshot, _frozen.Round, new Dictionary<int, OriginProgress>(_frozen.Progress), _frozen.Acknowledged, _frozen.Deferred, _node.Clock) { Timeline = _node.Timeline });
    }

    public Task<ulong?> FindFirstSinceAsync(DateTime since, CancellationToken cancellation) =>
        Task.FromResult(_frozen.Changes.Where(c => c.Version.Origin == Id && c.Version.At >= since).Select(c => (ulong?)c.Xid).Min());

    public Task<IReadOnlyCollection<ChangeMark>> FindLoggedSinceAsync(int origin, ulong first, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyCollection<ChangeMark>>([.. Logged(origin).Where(m => m.Xid >= first)]);

    // There is one sync.
    public Task<bool> IsTimelineTakenElsewhereAsync(int origin, int timeline, CancellationToken cancellation) => Task.FromResult(false);

    public Task<IReadOnlyCollection<ChangeMark>> FindSameAsync(int origin, IReadOnlyCollection<ChangeMark> changes, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyCollection<ChangeMark>>([.. Logged(origin).Where(changes.Contains)]);

    IEnumerable<ChangeMark> Logged(int origin) => _frozen.Changes.Where(c => c.Version.Origin == origin).Select(c => new ChangeMark(c.Version.Xid, c.Version.At)).Distinct();

    // A server in memory loses nothing that it has committed; its standby may not have got it, flushed or not.
    public Task FlushAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation)
    {
        if (_node.Apply is not null) throw new TimeoutException("lock timeout");
        if (_node.Data.Round != expectedRound) throw new StaleRoundException(Name);
        _node.AdoptTimeline(origin, cut, known);
        return Task.CompletedTask;
    }

    IEnumerable<Change> Pending(Window window) => _frozen.Changes.Where(c => window.Holds(c.Xid, c.Sequence));

    static bool IsKnown(Window window, RowVersion version) => window.SeenVersions.TryGetValue(version.Origin, out var seen) && seen.Contains(version.Xid);

    public Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation)
    {
        var tables = Pending(window).Where(c => c.Key is not null).GroupBy(c => c.Table).Select(g => (g.Key, Changes: g.Take((int)Math.Min(limit, int.MaxValue)).ToList())).ToList();
        IReadOnlyDictionary<int, long> pending = tables.Select(t => (t.Key, Count: t.Changes.LongCount(c => !IsKnown(window, c.Version)))).Where(t => t.Count > 0).ToDictionary(t => t.Key, t => t.Count);
        return Task.FromResult((pending, tables.Sum(t => t.Changes.LongCount())));
    }

    public Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation) => Task.FromResult(FindCut(window, limit, mayLeaveTruncations: false));

    public Cut? FindCut(Window window, long limit, bool mayLeaveTruncations)
    {
        if (!mayLeaveTruncations && _frozen.Changes.Any(c => c.Key is null && !window.Seen.Contains(c.Xid))) return null;
        var changes = _frozen.Changes.Where(c => c.Key is not null && window.IsNew(c.Xid, c.Sequence)).OrderBy(c => c.Xid).ThenBy(c => c.Sequence).ToList();
        if (changes.Count <= limit) return null;
        var past = changes[(int)limit];
        var isRound = _frozen.Past.Any(p => p.Xid == past.Xid);
        if (past.Xid == changes[0].Xid && isRound) return changes.Find(c => c.Xid > past.Xid) is { } next ? new Cut(next.Xid, null) : null;
        TransactionPart? part = past.Xid == changes[0].Xid ? new TransactionPart(past.Xid, changes[(int)limit - 1].Sequence) : null;
        return new Cut(past.Xid, part);
    }

    public Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) =>
        Task.FromResult(_frozen.Past.TakeWhile(p => read.Contains(p.Xid)).Select(p => p.Progress).LastOrDefault() ?? PastProgress.Unknown);

    public Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation) => Task.FromResult<IReadOnlyCollection<int>>(
        [.. Pending(window).Where(c => c.Key is null).GroupBy(c => c.Table).Where(g => !IsKnown(window, g.MaxBy(c => c.Sequence)!.Version)).Select(g => g.Key)]);

    public Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation)
    {
        var entries = Entries(table, window).ToDictionary(c => c.Key!, Held);
        foreach (var change in Last(_frozen.Changes.Where(c => c.Table == table && c.Key is not null && deferredKeys.Contains(c.Key)))) entries[change.Key!] = Held(change);
        var behind = _frozen.Changes.Where(c => c.Table == table && c.Key is not null && deferredKeys.Contains(c.Key) && window.IsNew(c.Xid, c.Sequence) && window.IsBehind(c.Xid, c.Sequence)).Select(c => c.Key!).ToHashSet();
        var truncation = Pending(deferredKeys.Count > 0 ? window with { Seen = Snapshot.Empty } : window).Where(c => c.Table == table && c.Key is null).MaxBy(c => c.Sequence);
        return Task.FromResult(new NodeTableFacts { Knowledge = knowledge, Entries = entries, Truncation = truncation is null ? null : Held(truncation), Behind = behind });
    }

    public Task<IReadOnlyCollection<string>> FindLoggedAsync(int table, RowVersion version, IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyCollection<string>>([.. _frozen.Changes.Where(c => c.Table == table && c.Key is not null && c.Version == version && keys.Contains(c.Key)).Select(c => c.Key!).Distinct()]);

    // The keys come from the window, the versions are those of the whole snapshot: that is what the rows are. What changed again behind the cut is not in it.
    IEnumerable<Change> Entries(int table, Window window)
    {
        var keys = Pending(window).Where(c => c.Table == table && c.Key is not null).Select(c => c.Key).ToHashSet();
        return Last(_frozen.Changes.Where(c => c.Table == table && c.Key is not null && keys.Contains(c.Key) && window.IsNew(c.Xid, c.Sequence)))
            .Where(c => !window.IsBehind(c.Xid, c.Sequence) && !IsKnown(window, c.Version));
    }

    static IEnumerable<Change> Last(IEnumerable<Change> changes) => changes.GroupBy(c => c.Key).Select(g => g.OrderBy(c => c.Sequence).ThenBy(c => c.Xid).Last());

    static Held Held(Change change) => new(change.Version, change.Xid, change.Sequence);

    public Task PickAsync(int table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation)
    {
        _picked.Clear();
        _picked.AddRange(parts.SelectMany((keys, part) => keys.Select(k => (part, k))));
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string?[]>?> ReadPendingAsync(int table, Window window, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string?[]>?>([.. Entries(table, window).Select(c => Row(table, c.Key!, c.Version))]);

    public Task<IReadOnlyList<string?[]>?> ReadPickedAsync(int table, int part, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string?[]>?>([.. _picked.Where(p => p.Part == part).Select(p => Row(table, p.Key.Key, p.Key.Version))]);

    // The last column is the simulation's own: which write the row is.
    string?[] Row(int table, string key, RowVersion version)
    {
        var cell = _frozen.Cells.GetValueOrDefault((table, key), Cell.Nothing);
        return [key, cell.Value, version.Origin.ToString(), version.Xid.ToString(), version.At.Ticks.ToString(), cell.Write.ToString()];
    }

    public Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<IReadOnlyDictionary<string, string?>?>>(
            [.. keys.Select(k => _frozen.Cells.GetValueOrDefault((table, k)).Value is { } value ? new Dictionary<string, string?> { ["k"] = k, ["v"] = value } : null)]);

    public Task<Stream> OpenPendingAsync(int table, Window window, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Stream> OpenPickedAsync(int table, int part, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Stream> OpenStageAsync(int table, CancellationToken cancellation) => throw new NotSupportedException();

    public TableLayout LayoutOf(int table) => throw new NotSupportedException();

    public bool WritesInParts(int table, bool log) => false;

    public Task<PartOutcome> WritePartAsync(int table, Applied applied, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> TryInsertPartAsync(int table, BinaryRows rows, Applied applied, CancellationToken cancellation) => throw new NotSupportedException();

    public Task EndReadAsync() => Task.CompletedTask;

    public Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation)
    {
        if (_node.Apply is not null) throw new TimeoutException("lock timeout");
        if (_node.Data.Round != opening.ExpectedRound) throw new StaleRoundException(Name);
        _stranded = opening.Stranded;
        var xid = _node.NextXid();
        _node.Apply = _apply = new Writing(xid) { Clock = opening.Clock, Version = new RowVersion(Id, xid, default) };
        return Task.CompletedTask;
    }

    static void RefuseLocked(bool locked)
    {
        if (locked) throw new TimeoutException("lock timeout");
    }

    bool IsTruncated(int table, Snapshot snapshot) => _node.Data.Changes.Any(c => c.Table == table && c.Key is null && !snapshot.Contains(c.Xid));

    bool HasMoved(int table, string key, Snapshot snapshot) =>
        IsTruncated(table, snapshot) || _node.Data.Changes.Any(c => c.Table == table && c.Key == key && !snapshot.Contains(c.Xid));

    bool Exists(int table, string key) => (_apply!.Cells.TryGetValue((table, key), out var own) ? own : _node.CellOf(table, key)).Value is not null;

    bool IsLocked(int table, string key) => _node.Users.Any(o => o.Locked.Contains((table, key)));

    public Task<IReadOnlyList<string>> ApplyTruncationAsync(int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation)
    {
        RefuseLocked(_node.Users.Any(o => o.Touched.Contains(table)));
        if (IsTruncated(table, snapshot)) throw new StaleRoundException(Name);
        _apply!.LockedTables.Add(table);
        _apply.Touched.Add(table);
        IReadOnlyList<string> moved = [.. _node.Data.Changes.Where(c => c.Table == table && c.Key is not null && !snapshot.Contains(c.Xid)).Select(c => c.Key!).Distinct()];
        var stay = keep.Concat(moved).ToHashSet();
        foreach (var key in _node.World.KeysOf(table).Where(k => !stay.Contains(k)))
            _apply.Cells[(table, key)] = new Cell(null, _node.World.Lineage.FindTruncation(version, table, key));
        if (log && HasChanges)
        {
            _apply.Changes.Add(new Change(table, null, _node.NextSequence(), _apply.Xid, version));
            foreach (var key in stay)
            {
                var held = _node.Data.Changes.Where(c => c.Table == table && (c.Key is null || c.Key == key)).OrderBy(c => c.Sequence).ThenBy(c => c.Xid).LastOrDefault()?.Version;
                _apply.Changes.Add(new Change(table, key, _node.NextSequence(), _apply.Xid, held ?? new RowVersion(Id, RowVersion.NothingXid, default)));
            }
        }
        applied.Truncates++;
        return Task.FromResult(moved);
    }

    public Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation)
    {
        RefuseLocked(_node.Users.Any(o => o.LockedTables.Contains(table)));
        var (apply, deferred) = (_apply!, new List<PickedKey>());
        apply.Touched.Add(table);
        foreach (var row in rows!)
        {
            var (key, cell) = (row[0]!, new Cell(row[1], int.Parse(row[5]!)));
            var version = new RowVersion(int.Parse(row[2]!), ulong.Parse(row[3]!), new DateTime(long.Parse(row[4]!), DateTimeKind.Utc));
            if (log && _stranded.Contains(version.Origin) && IsHeld(table, key, version)) continue;
            if (IsBusy(table, key, cell.Value is not null, snapshot))
            {
                deferred.Add(new PickedKey(key, version));
                continue;
            }
            var sequence = Change(table, key, cell);
            if (log && HasChanges) apply.Changes.Add(new Change(table, key, sequence, apply.Xid, version));
            applied.Updates++;
        }
        applied.Deferred += deferred.Count;
        return Task.FromResult<IReadOnlyList<PickedKey>>(deferred);
    }

    bool IsHeld(int table, string key, RowVersion version) => _node.Data.Changes.Where(c => c.Table == table && (c.Key is null || c.Key == key)).OrderBy(c => c.Sequence).ThenBy(c => c.Xid).LastOrDefault() is { Key: not null } held && held.Version == version;

    // Locks the row. Whether it must be left out.
    bool IsBusy(int table, string key, bool becomesPresent, Snapshot snapshot)
    {
        var (exists, isLocked) = (Exists(table, key), IsLocked(table, key));
        // An insert waits for whoever is just inserting the same key. A deletion of what is not there waits for nobody. A target does not look; there a locked row is waited for.
        if (becomesPresent && !exists || !IsSource && exists) RefuseLocked(isLocked);
        var isSkipped = IsSource && exists && isLocked;
        if (!isSkipped && (becomesPresent || exists)) _apply!.Locked.Add((table, key));
        return isSkipped || HasMoved(table, key, snapshot);
    }

    // Returns the place of the change. A deletion of what is not there comes before what anybody may be about to write.
    long Change(int table, string key, Cell cell)
    {
        if (cell.Value is not null || Exists(table, key))
        {
            _apply!.Cells[(table, key)] = cell;
            return _node.NextSequence();
        }
        _apply!.Absent[(table, key)] = cell;
        return _node.Data.Changes.Concat(_apply.Changes).Where(c => c.Table == table && (c.Key is null || c.Key == key)).Select(c => c.Sequence).DefaultIfEmpty(0).Max();
    }

    public Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
        int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation)
    {
        var (apply, busy, lineage) = (_apply!, new List<Settlement>(), _node.World.Lineage);
        RefuseLocked(_node.Users.Any(o => o.LockedTables.Contains(table)));
        apply.Touched.Add(table);
        foreach (var settlement in settlements)
        {
            var (key, row) = (settlement.Key, settlement.Resolution.Row);
            if (IsBusy(table, key, row is not null || Exists(table, key), snapshot))
            {
                busy.Add(settlement);
                continue;
            }
            var version = new RowVersion(Id, apply.Xid, _node.Date(apply.Clock));
            var own = _node.CellOf(table, key);
            var madeOn = settlement.Conflict.Contenders.Select(c => lineage.Find(c.Version, table, key)).ToList();
            if (own.Value is not null && !madeOn.Contains(own.Write) && !madeOn.Any(m => lineage.IsOlder(own.Write, m)))
                lineage.Report($"on {Name} a settlement of {table}/{key} did not know of {lineage.Describe(own.Write)}, which it replaces");
            var winner = lineage.Find(settlement.Winner, table, key);
            // Steps may bring a version before it is known what it was made on: then the two are in conflict.
            if (!_node.World.IsInSteps && row is null && madeOn.Find(m => lineage.IsOlder(winner, m)) is > 0 and var newer)
                lineage.Report($"on {Name} a settlement of {table}/{key} preferred {lineage.Describe(winner)}, which is older than {lineage.Describe(newer)}");
            var write = lineage.Add(version, table, key, "the settlement", [.. madeOn, own.Write], isSettlement: true);
            apply.Changes.Add(new Change(table, key, Change(table, key, new Cell(row is null ? own.Value : row["v"], write)), apply.Xid, version));
            applied.Settled++;
        }
        applied.Deferred += busy.Count;
        return Task.FromResult<IReadOnlyList<Settlement>>(busy);
    }

    public Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishRowsAsync(StepReach reach, Applied applied, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>>(new Dictionary<int, IReadOnlyList<PickedKey>>());

    public Task RecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation)
    {
        if (_node.Data.Purged != _frozen.Purged) throw new StaleRoundException(Name);
        _record = data =>
        {
            data.Round++;
            foreach (var (origin, seen) in progress)
            {
                var before = data.Progress.GetValueOrDefault(origin);
                data.Progress[origin] = seen with { Moved = seen.Seen.Equals(before.Seen) ? before.Moved : _node.Clock };
            }
            if (deferredChanged) data.Deferred = [.. deferred];
        };
        return Task.CompletedTask;
    }

    public Task KeepContextsAsync(IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held, CancellationToken cancellation) => throw new NotSupportedException("Histories leave no table out.");

    public Task RecordLaneAsync(int table, IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
        throw new NotSupportedException("Histories leave no table out.");

    public Task CommitAsync(CancellationToken cancellation)
    {
        _node.FinishApply(_record!);
        (_apply, _record) = (null, null);
        return Task.CompletedTask;
    }

    // No table merges here.
    public Task<IReadOnlyList<string?>> ReadStatesAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string?>>(new string?[keys.Count]);

    // What a row that is always being written needs is no matter of what comes out in the end.
    public Task HoldAsync(IReadOnlyDictionary<int, IReadOnlyCollection<string>> keys, CancellationToken cancellation) => Task.CompletedTask;

    public void NoteConflicts(int table, IReadOnlyList<PickedKey> overwritten, IReadOnlyList<PickedKey> truncated, IReadOnlySet<string> open)
    {
        // No history is kept.
    }

    public Task RollbackAsync()
    {
        RollBack();
        return Task.CompletedTask;
    }

    void RollBack()
    {
        if (_apply is not null && _node.Apply == _apply) _node.Apply = null;
        (_apply, _record) = (null, null);
    }
}
