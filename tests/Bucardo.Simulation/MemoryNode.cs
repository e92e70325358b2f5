using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Simulation;

/// <summary>A row of a change table, or of the table of TRUNCATEs: then without a key.</summary>
sealed record Change(int Table, string? Key, long Sequence, ulong Xid, RowVersion Version);

/// <summary>What survives a crash of a node.</summary>
sealed class NodeData
{
    public Dictionary<(int Table, string Key), Cell> Cells = [];
    public List<Change> Changes = [];
    public long Round;
    public Dictionary<int, OriginProgress> Progress = [];
    public List<DeferredVersion> Deferred = [];

    /// <summary>Changes below it may have been purged.</summary>
    public ulong Purged;

    /// <summary>What the peers have acknowledged.</summary>
    public Dictionary<int, Snapshot> Acknowledged = Enumerable.Range(1, 9).ToDictionary(p => p, _ => Snapshot.Below(10));

    /// <summary>The next transaction id, and the last number of a change.</summary>
    public ulong NextXid = 10;
    public long Sequence;

    /// <summary>How far the node was after each round, with the round's transaction.</summary>
    public List<(ulong Xid, PastProgress Progress)> Past = [];

    public NodeData Copy() => new() { Cells = new(Cells), Changes = [.. Changes], Round = Round, Progress = new(Progress), Deferred = [.. Deferred], Past = [.. Past], Purged = Purged, Acknowledged = new(Acknowledged), NextXid = NextXid, Sequence = Sequence };
}

/// <summary>A transaction that has not ended: what it has written, which nobody else sees, and what it has locked.</summary>
sealed class Writing(ulong xid)
{
    public ulong Xid => xid;
    public RowVersion Version { get; init; }
    public Dictionary<(int Table, string Key), Cell> Cells { get; } = [];
    public List<Change> Changes { get; } = [];
    public HashSet<(int Table, string Key)> Locked { get; } = [];
    public HashSet<int> LockedTables { get; } = [];

    /// <summary>Tables that it has written to at all: nobody can truncate them.</summary>
    public HashSet<int> Touched { get; } = [];

    /// <summary>What it found absent and was to delete: that waits for nobody.</summary>
    public Dictionary<(int Table, string Key), Cell> Absent { get; } = [];

    public DateTime Clock { get; set; }
}

/// <summary>
/// A database in memory that keeps PostgreSQL's rules as far as rounds depend on them: transaction ids and snapshots, transactions that are still open,
/// row and table locks (who would wait fails instead), change rows with sequence numbers drawn at the time of the change, TRUNCATE, a clock of its own.
/// </summary>
sealed class MemoryNode(int id, bool isSource, bool logs, int skew, World world)
{
    readonly List<Writing> _users = [];
    readonly List<MemorySession> _sessions = [];
    NodeData? _standby;
    DateTime _latest;

    public int Id => id;
    public string Name => $"n{id}";
    public bool IsSource => isSource;
    public bool HasChanges => isSource || logs;
    public World World => world;
    public NodeData Data { get; private set; } = new();
    public int Timeline { get; private set; } = 1;
    public IReadOnlyList<Writing> Users => _users;
    public IEnumerable<string> Rows => Data.Cells.Where(c => c.Value.Value is not null).Select(c => $"{c.Key.Table}/{c.Key.Key}={c.Value.Value}").Order(StringComparer.Ordinal);

    /// <summary>The transaction of a round that is being applied here. There is one at most: the second waits for the sync's row.</summary>
    public Writing? Apply { get; set; }

    /// <summary>The time by which the node dates changes.</summary>
    public DateTime Clock => world.Now.AddSeconds(skew) is var now && now > _latest ? now : _latest;

    public Snapshot Snapshot => new(Data.NextXid, Open.Select(o => o.Xid));

    IEnumerable<Writing> Open => Apply is null ? _users : _users.Append(Apply);

    public ulong NextXid() => Data.NextXid++;

    public long NextSequence() => ++Data.Sequence;

    public Cell CellOf(int table, string key) => Data.Cells.GetValueOrDefault((table, key), Cell.Nothing);

    public void Connect(MemorySession session) => _sessions.Add(session);

    public void Disconnect(MemorySession session) => _sessions.Remove(session);

    /// <summary>Time does not go back here, nor stand still.</summary>
    public DateTime Date(DateTime notBefore = default) => _latest = (notBefore > Clock ? notBefore : Clock).AddTicks(1);

    /// <summary>A user's transaction. False when it would have to wait for a lock, or does nothing. It stays open if asked to.</summary>
    public bool Write(IReadOnlyList<Statement> statements, bool staysOpen)
    {
        if (!isSource || statements.Any(IsBlocked)) return false;
        var xid = NextXid();
        var writing = new Writing(xid) { Version = new RowVersion(id, xid, Date()) };
        foreach (var statement in statements) new UserStatement(this, writing).Run(statement);
        if (writing.Changes.Count == 0) return false;
        if (staysOpen) _users.Add(writing);
        else Finish(writing);
        return true;
    }

    bool IsBlocked(Statement statement) => Open.Any(o => o.LockedTables.Contains(statement.Table)
        || (statement.Kind == StatementKind.Truncate ? o.Touched.Contains(statement.Table) : o.Locked.Contains((statement.Table, statement.Key!)) || o.Locked.Contains((statement.Table, statement.To!))));

    /// <summary>Commits or rolls back the oldest open transaction of a user.</summary>
    public bool EndOldest(bool commit)
    {
        if (_users.Count == 0) return false;
        var writing = _users[0];
        _users.RemoveAt(0);
        if (commit) Finish(writing);
        return true;
    }

    void Finish(Writing writing)
    {
        foreach (var (row, cell) in writing.Cells) Data.Cells[row] = cell;
        Data.Changes.AddRange(writing.Changes);
        world.Lineage.Commit(writing.Version);
    }

    /// <summary>The round's transaction takes effect.</summary>
    public void FinishApply(Action<NodeData> record)
    {
        var apply = Apply!;
        foreach (var (row, cell) in apply.Cells) Data.Cells[row] = world.Lineage.Replace(Name, row.Table, row.Key, CellOf(row.Table, row.Key), cell);
        foreach (var (row, cell) in apply.Absent)
            if (CellOf(row.Table, row.Key) is { Value: null } old) Data.Cells[row] = world.Lineage.Replace(Name, row.Table, row.Key, old, cell);
        Data.Changes.AddRange(apply.Changes);
        record(Data);
        if (logs) Data.Past.Add((apply.Xid, new PastProgress(new Dictionary<int, OriginProgress>(Data.Progress), [.. Data.Deferred])));
        if (apply.Clock > _latest) _latest = apply.Clock;
        world.Lineage.Commit(apply.Version);
        Apply = null;
    }

    /// <summary>The server dies and comes back: what was not committed is lost, and so is every session.</summary>
    public void Crash()
    {
        _users.Clear();
        foreach (var session in _sessions.ToList()) session.Break();
    }

    /// <summary>From here on the standby gets nothing more.</summary>
    public void LeaveStandbyBehind() => _standby ??= Data.Copy();

    /// <summary>The standby gets all that it lacks.</summary>
    public void SendStandbyAll() => _standby = null;

    /// <summary>The server dies, and its standby takes its place as it is: transaction ids come a second time.</summary>
    public void FailOver()
    {
        Crash();
        Data = _standby ?? Data;
        _standby = null;
        Timeline++;
    }

    /// <summary>Whether there is anything of a write here: the change, or a row that was made on it.</summary>
    public bool Holds(Write write, Func<int, int, bool> isOlder) =>
        Data.Changes.Any(c => c.Version == write.Version && c.Version.At == write.Version.At && c.Table == write.Table && (c.Key is null || c.Key == write.Key))
        || (CellOf(write.Table, write.Key).Write is var held && (held == write.Id || isOlder(write.Id, held)));

    /// <summary>What this node has logged of an origin's lost transactions becomes its own, where it is what the node holds; the rest of it goes.</summary>
    public void AdoptTimeline(int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known)
    {
        var xid = NextXid();
        bool IsLost(Change c) => c.Version.Origin == origin && c.Version.Xid >= cut.Timeline.Shared && !known.Contains(new ChangeMark(c.Version.Xid, c.Version.At));
        var held = Data.Changes.Where(c => c.Key is not null).GroupBy(c => (c.Table, c.Key)).Select(g => g.OrderBy(c => c.Sequence).ThenBy(c => c.Xid).Last());
        foreach (var change in held.Concat(Data.Changes.Where(c => c.Key is null)).Where(IsLost).ToList())
        {
            var own = change with { Xid = xid, Version = new RowVersion(id, xid, change.Version.At) };
            Data.Changes[Data.Changes.IndexOf(change)] = own;
            world.Lineage.Rename(change.Table, change.Key, change.Version, own.Version);
        }
        Data.Changes.RemoveAll(IsLost);
        Data.Progress[origin] = cut with { Moved = Clock };
        if (cut.IsIncomplete)
            foreach (var (other, progress) in Data.Progress.ToList()) Data.Progress[other] = progress with { Seen = progress.Floor, Part = null, IsIncomplete = progress.IsIncomplete || !progress.Floor.Equals(progress.Seen) };
        Data.Past.Clear();
        Data.Round++;
    }

    public override string ToString() => $"{Name} round {Data.Round}: {string.Join(' ', Rows)} | "
        + $"{string.Join(' ', Data.Changes.Select(c => $"{c.Table}/{c.Key ?? "*"}:{c.Version}@{c.Xid}#{c.Sequence}"))} | "
        + $"{string.Join(' ', Data.Progress.Select(p => $"n{p.Key}={p.Value.Seen}{(p.Value.Timeline.Number > 1 ? $"/{p.Value.Timeline.Number}" : "")}{(p.Value.Part is { } part ? $"+{part.Xid}#{part.Sequence}" : "")}"))} | "
        + string.Join(' ', Data.Deferred.Select(d => $"{d.Table}/{d.Key}:{d.Version}"));

    /// <summary>Learns what peers have seen of this node and forgets the changes that all of them have.</summary>
    public void Purge(IEnumerable<MemoryNode> online, IEnumerable<int> members, Func<OriginProgress, Snapshot> floor)
    {
        foreach (var peer in online.Where(p => p.Id != id))
            if (peer.Data.Progress.TryGetValue(id, out var progress) && progress.Timeline.Number == Timeline) Data.Acknowledged[peer.Id] = floor(progress);
        var below = members.Where(m => m != id).Min(m => Data.Acknowledged[m].Xmin);
        if (Data.Changes.RemoveAll(c => c.Xid < below) > 0) Data.Purged = below;
        Data.Past.RemoveRange(0, Math.Max(0, Data.Past.FindLastIndex(p => p.Xid < below)));
    }
}

/// <summary>What all nodes of a history share: the true time, the keys that there can be, and who wrote what.</summary>
sealed class World(IReadOnlyDictionary<int, IReadOnlyList<string>> keys, bool isInSteps)
{
    long _ticks;

    /// <summary>Whether rounds read logs in steps.</summary>
    public bool IsInSteps => isInSteps;

    public Lineage Lineage { get; } = new();
    public DateTime Now => new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(_ticks);
    public IReadOnlyList<string> KeysOf(int table) => keys.GetValueOrDefault(table) ?? [];
    public void Pass() => _ticks++;
}
