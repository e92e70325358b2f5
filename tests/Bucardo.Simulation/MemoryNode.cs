using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Simulation;

/// <summary>
/// A node in memory that keeps PostgreSQL's rules as far as rounds depend on them: transaction ids and snapshots, transactions that are still open,
/// row and table locks (who would wait fails instead), change rows with sequence numbers drawn at the time of the change, TRUNCATE.
/// </summary>
sealed class MemoryNode(int id, bool isSource, bool logs) : IRoundNode
{
    sealed record Change(int Table, string? Key, long Sequence, ulong Xid, RowVersion Version);

    sealed class Data
    {
        public Dictionary<(int Table, string Key), string> Rows = [];
        public List<Change> Changes = [];
        public long Round;
        public Dictionary<int, OriginProgress> Progress = [];
        public List<DeferredVersion> Deferred = [];

        public Data Copy() => new() { Rows = new(Rows), Changes = [.. Changes], Round = Round, Progress = new(Progress), Deferred = [.. Deferred] };
    }

    sealed class Writing
    {
        public required ulong Xid;
        public readonly List<Action> Effects = [];
        public readonly List<Change> Changes = [];
        public readonly HashSet<(int, string)> Locked = [];
        public readonly HashSet<int> LockedTables = [];
    }

    readonly Data _data = new();
    readonly List<Writing> _open = [];
    readonly List<(int Part, PickedKey Key)> _picked = [];
    Data _frozen = new();
    Writing? _apply;
    ulong _nextXid = 10;
    long _sequence;
    DateTime _latest;

    public int Id => id;
    public string Name => $"n{id}";
    public bool HasChanges => isSource || logs;
    public bool IsSource => isSource;

    /// <summary>Every version written here by a user and committed, per table and key; a TRUNCATE has no key.</summary>
    public List<(int Table, string? Key, RowVersion Version)> Written { get; } = [];

    public IEnumerable<string> Rows => _data.Rows.Select(r => $"{r.Key.Table}/{r.Key.Key}={r.Value}").Order(StringComparer.Ordinal);

    /// <summary>The last transaction id given to a user.</summary>
    public ulong LastXid { get; private set; }

    public bool HasOpen => _open.Count > 0;

    /// <summary>A user's transaction: value null deletes, key null truncates. False when it would have to wait for a lock. It stays open if asked to.</summary>
    public bool Write(DateTime at, bool stayOpen, params (int Table, string? Key, string? Value)[] writes)
    {
        var others = _open.Append(_apply).Where(w => w is not null).Select(w => w!).ToList();
        foreach (var (table, key, _) in writes)
        {
            if (others.Any(o => o.LockedTables.Contains(table))) return false;
            if (key is null ? others.Any(o => o.Locked.Any(l => l.Item1 == table)) : others.Any(o => o.Locked.Contains((table, key)))) return false;
        }
        var writing = new Writing { Xid = _nextXid++ };
        var version = new RowVersion(id, writing.Xid, Dated(at));
        foreach (var (table, key, value) in writes)
        {
            if (key is null)
            {
                writing.LockedTables.Add(table);
                writing.Effects.Add(() => { foreach (var row in _data.Rows.Keys.Where(r => r.Table == table).ToList()) _data.Rows.Remove(row); });
            }
            else
            {
                if (value is null && !_data.Rows.ContainsKey((table, key))) continue;
                writing.Locked.Add((table, key));
                writing.Effects.Add(() => { if (value is null) _data.Rows.Remove((table, key)); else _data.Rows[(table, key)] = value; });
            }
            writing.Changes.Add(new Change(table, key, ++_sequence, writing.Xid, version));
        }
        if (writing.Changes.Count == 0) return false;
        LastXid = writing.Xid;
        if (stayOpen) _open.Add(writing);
        else Finish(writing);
        return true;
    }

    // No change is dated before one that it may have been made on, whatever the clock says.
    DateTime Dated(DateTime at) => _latest = at > _latest ? at : _latest.AddTicks(1);

    /// <summary>Commits or rolls back the oldest open transaction.</summary>
    public void EndOldest(bool commit)
    {
        var writing = _open[0];
        _open.RemoveAt(0);
        if (commit) Finish(writing);
    }

    void Finish(Writing writing)
    {
        foreach (var effect in writing.Effects) effect();
        if (isSource)
        {
            _data.Changes.AddRange(writing.Changes);
            Written.AddRange(writing.Changes.Select(c => (c.Table, c.Key, c.Version)));
        }
    }

    readonly Dictionary<int, Snapshot> _acknowledged = Enumerable.Range(1, 9).ToDictionary(p => p, _ => Snapshot.Below(10));

    /// <summary>Learns what peers have seen of this node and forgets the changes that all of them have.</summary>
    public void Purge(IEnumerable<MemoryNode> online, IEnumerable<int> members)
    {
        foreach (var peer in online.Where(p => p.Id != id))
            if (peer._data.Progress.TryGetValue(id, out var progress)) _acknowledged[peer.Id] = progress.Floor;
        var below = members.Where(m => m != id).Min(m => _acknowledged[m].Xmin);
        _data.Changes.RemoveAll(c => c.Xid < below);
    }

    Snapshot Now() => new(_nextXid, _open.Select(o => o.Xid).Concat(_apply is null ? [] : [_apply.Xid]));

    public Task<NodeState> BeginReadAsync(CancellationToken cancellation)
    {
        _frozen = _data.Copy();
        var first = Snapshot.Below(10);
        return Task.FromResult(new NodeState(Now(), _frozen.Round,
            new Dictionary<int, OriginProgress>(_frozen.Progress),
            Enumerable.Range(1, 9).ToDictionary(p => p, _ => first), _frozen.Deferred, _latest));
    }

    IEnumerable<Change> Pending(Window window) => _frozen.Changes.Where(c => window.Holds(c.Xid, c.Sequence));

    static bool IsKnown(Window window, RowVersion version) => window.SeenVersions.TryGetValue(version.Origin, out var seen) && seen.Contains(version.Xid);

    public Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation)
    {
        var tables = Pending(window).Where(c => c.Key is not null).GroupBy(c => c.Table).Select(g => (g.Key, Changes: g.Take((int)Math.Min(limit, int.MaxValue)).ToList())).ToList();
        IReadOnlyDictionary<int, long> pending = tables.Select(t => (t.Key, Count: t.Changes.LongCount(c => !IsKnown(window, c.Version)))).Where(t => t.Count > 0).ToDictionary(t => t.Key, t => t.Count);
        return Task.FromResult((pending, tables.Sum(t => t.Changes.LongCount())));
    }

    public Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation)
    {
        if (_frozen.Changes.Any(c => c.Key is null && !window.Seen.Contains(c.Xid))) return Task.FromResult<Cut?>(null);
        var changes = _frozen.Changes.Where(c => c.Key is not null && window.IsNew(c.Xid, c.Sequence)).OrderBy(c => c.Xid).ThenBy(c => c.Sequence).ToList();
        if (changes.Count <= limit) return Task.FromResult<Cut?>(null);
        var past = changes[(int)limit];
        TransactionPart? part = past.Xid == changes[0].Xid ? new TransactionPart(past.Xid, changes[(int)limit - 1].Sequence) : null;
        return Task.FromResult<Cut?>(new Cut(past.Xid, part));
    }

    public Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation) => Task.FromResult<IReadOnlyCollection<int>>(
        [.. Pending(window).Where(c => c.Key is null).GroupBy(c => c.Table).Where(g => !IsKnown(window, g.MaxBy(c => c.Sequence)!.Version)).Select(g => g.Key)]);

    public Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation)
    {
        var entries = Entries(table, window).ToDictionary(c => c.Key!, Held);
        foreach (var change in Last(_frozen.Changes.Where(c => c.Table == table && c.Key is not null && deferredKeys.Contains(c.Key)))) entries[change.Key!] = Held(change);
        var truncation = Pending(deferredKeys.Count > 0 ? window with { Seen = Snapshot.Empty } : window).Where(c => c.Table == table && c.Key is null).MaxBy(c => c.Sequence);
        return Task.FromResult(new NodeTableFacts { Knowledge = knowledge, Entries = entries, Truncation = truncation is null ? null : Held(truncation) });
    }

    // The keys come from the window, the versions are those of the whole snapshot: that is what the rows are.
    IEnumerable<Change> Entries(int table, Window window)
    {
        var keys = Pending(window).Where(c => c.Table == table && c.Key is not null).Select(c => c.Key).ToHashSet();
        return Last(_frozen.Changes.Where(c => c.Table == table && c.Key is not null && keys.Contains(c.Key) && window.IsNew(c.Xid, c.Sequence))).Where(c => !IsKnown(window, c.Version));
    }

    static IEnumerable<Change> Last(IEnumerable<Change> changes) => changes.GroupBy(c => c.Key).Select(g => g.OrderBy(c => c.Sequence).ThenBy(c => c.Xid).Last());

    static Held Held(Change change) => new(change.Version, change.Xid, change.Sequence);

    public Task<ulong?> FindFirstSinceAsync(DateTime since, CancellationToken cancellation) =>
        Task.FromResult(_frozen.Changes.Where(c => c.Version.Origin == id && c.Version.At >= since).Select(c => (ulong?)c.Xid).Min());

    public Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, CancellationToken cancellation) =>
        throw new NotSupportedException("Servers in memory know one timeline only.");

    public Task PickAsync(int table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation)
    {
        _picked.Clear();
        _picked.AddRange(parts.SelectMany((keys, part) => keys.Select(k => (part, k))));
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string?[]>> ReadPendingAsync(int table, Window window, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string?[]>>([.. Entries(table, window).Select(c => Row(table, c.Key!, c.Version))]);

    public Task<IReadOnlyList<string?[]>> ReadPickedAsync(int table, int part, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string?[]>>([.. _picked.Where(p => p.Part == part).Select(p => Row(table, p.Key.Key, p.Key.Version))]);

    string?[] Row(int table, string key, RowVersion version) =>
        [key, _frozen.Rows.GetValueOrDefault((table, key)), version.Origin.ToString(), version.Xid.ToString(), version.At.Ticks.ToString()];

    public Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<IReadOnlyDictionary<string, string?>?>>(
            [.. keys.Select(k => _frozen.Rows.TryGetValue((table, k), out var value) ? new Dictionary<string, string?> { ["k"] = k, ["v"] = value } : null)]);

    public Task<Stream> OpenPendingAsync(int table, Window window, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Stream> OpenPickedAsync(int table, int part, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Stream> OpenStageAsync(int table, CancellationToken cancellation) => throw new NotSupportedException();

    public Task EndReadAsync() => Task.CompletedTask;

    public Task BeginApplyAsync(long expectedRound, DateTime clock, IReadOnlyCollection<int> tables, CancellationToken cancellation)
    {
        if (_data.Round != expectedRound) throw new StaleRoundException(Name);
        if (clock > _latest) _latest = clock;
        _apply = new Writing { Xid = _nextXid++ };
        return Task.CompletedTask;
    }

    void RefuseLocked(bool locked)
    {
        if (locked) throw new TimeoutException("lock timeout");
    }

    bool IsTruncated(int table, Snapshot snapshot) => isSource && _data.Changes.Any(c => c.Table == table && c.Key is null && !snapshot.Contains(c.Xid));

    public Task<IReadOnlyList<string>> ApplyTruncationAsync(int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation)
    {
        RefuseLocked(_open.Any(o => o.LockedTables.Contains(table) || o.Locked.Any(l => l.Item1 == table)));
        if (IsTruncated(table, snapshot)) throw new StaleRoundException(Name);
        _apply!.LockedTables.Add(table);
        IReadOnlyList<string> moved = isSource ? [.. _data.Changes.Where(c => c.Table == table && c.Key is not null && !snapshot.Contains(c.Xid)).Select(c => c.Key!).Distinct()] : [];
        var stay = keep.Concat(moved).ToHashSet();
        _apply.Effects.Add(() => { foreach (var row in _data.Rows.Keys.Where(r => r.Table == table && !stay.Contains(r.Key)).ToList()) _data.Rows.Remove(row); });
        if (log && HasChanges)
        {
            _apply.Changes.Add(new Change(table, null, ++_sequence, _apply.Xid, version));
            // What stays is newer than the TRUNCATE, here too.
            foreach (var change in Last(_data.Changes.Where(c => c.Table == table && c.Key is not null && stay.Contains(c.Key))))
                _apply.Changes.Add(change with { Sequence = ++_sequence, Xid = _apply.Xid });
        }
        applied.Truncates++;
        return Task.FromResult(moved);
    }

    public Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation)
    {
        RefuseLocked(_open.Any(o => o.LockedTables.Contains(table)));
        var isTruncated = IsTruncated(table, snapshot);
        var (apply, deferred) = (_apply!, new List<PickedKey>());
        foreach (var row in rows!)
        {
            var (key, value) = (row[0]!, row[1]);
            var version = new RowVersion(int.Parse(row[2]!), ulong.Parse(row[3]!), new DateTime(long.Parse(row[4]!), DateTimeKind.Utc));
            var exists = _data.Rows.ContainsKey((table, key)) && !apply.LockedTables.Contains(table);
            var isLocked = _open.Any(o => o.Locked.Contains((table, key)));
            // An insert waits for whoever is just inserting the same key. A deletion of what is not there waits for nobody.
            if (value is not null && !exists) RefuseLocked(isLocked);
            if (!(isSource && exists && isLocked) && (value is not null || exists)) apply.Locked.Add((table, key));
            // A target does not look; there a locked row is waited for.
            if (!isSource && exists) RefuseLocked(isLocked);
            if (isTruncated || (isSource && exists && isLocked) || isSource && _data.Changes.Any(c => c.Table == table && c.Key == key && !snapshot.Contains(c.Xid)))
            {
                deferred.Add(new PickedKey(key, version));
                continue;
            }
            if (value is not null || exists) apply.Effects.Add(() => { if (value is null) _data.Rows.Remove((table, key)); else _data.Rows[(table, key)] = value; });
            if (!log || !HasChanges) continue;
            var sequence = value is not null || exists ? ++_sequence
                : _data.Changes.Concat(apply.Changes).Where(c => c.Table == table && (c.Key is null || c.Key == key)).Select(c => c.Sequence).DefaultIfEmpty(0).Max();
            apply.Changes.Add(new Change(table, key, sequence, apply.Xid, version));
            applied.Updates++;
        }
        applied.Deferred += deferred.Count;
        return Task.FromResult<IReadOnlyList<PickedKey>>(deferred);
    }

    public Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
        int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation)
    {
        var (apply, busy) = (_apply!, new List<Settlement>());
        foreach (var settlement in settlements)
        {
            var key = settlement.Key;
            var exists = _data.Rows.ContainsKey((table, key));
            if (isSource && (IsTruncated(table, snapshot) || (exists && _open.Any(o => o.Locked.Contains((table, key)))) || _data.Changes.Any(c => c.Table == table && c.Key == key && !snapshot.Contains(c.Xid))))
            {
                busy.Add(settlement);
                continue;
            }
            if (settlement.Resolution.Row is { } row) apply.Effects.Add(() => _data.Rows[(table, key)] = row["v"]!);
            exists |= settlement.Resolution.Row is not null;
            if (exists) apply.Locked.Add((table, key));
            var sequence = exists ? ++_sequence
                : _data.Changes.Concat(apply.Changes).Where(c => c.Table == table && (c.Key is null || c.Key == key)).Select(c => c.Sequence).DefaultIfEmpty(0).Max();
            apply.Changes.Add(new Change(table, key, sequence, apply.Xid, new RowVersion(id, apply.Xid, Dated(_latest))));
            applied.Settled++;
        }
        applied.Deferred += busy.Count;
        return Task.FromResult<IReadOnlyList<Settlement>>(busy);
    }

    public Task FinishRowsAsync(StepReach reach, Applied applied, CancellationToken cancellation) => Task.CompletedTask;

    public Task RecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation)
    {
        _apply!.Effects.Add(() =>
        {
            _data.Round++;
            foreach (var (origin, seen) in progress) _data.Progress[origin] = seen;
            if (deferredChanged) _data.Deferred = [.. deferred];
        });
        return Task.CompletedTask;
    }

    public Task CommitAsync(CancellationToken cancellation)
    {
        foreach (var effect in _apply!.Effects) effect();
        _data.Changes.AddRange(_apply.Changes);
        _apply = null;
        return Task.CompletedTask;
    }

    public Task RollbackAsync()
    {
        _apply = null;
        return Task.CompletedTask;
    }
}
