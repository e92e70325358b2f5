using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes.Enforced;
using Bucardo.Engine.Replication.Sequences;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// A PostgreSQL database in the rounds of one sync: two connections, one that reads and one that applies, kept from round to round.
/// </summary>
public sealed partial class PgRoundNode : IRoundNode, IAsyncDisposable
{
    readonly NpgsqlConnection _read;
    readonly NpgsqlConnection _apply;
    readonly SyncDefinition _definition;
    readonly SyncSessionOptions _options;
    readonly int _sync;
    readonly PgNodeReader _reader;
    readonly PgNodeWriter _writer;
    readonly PartWriter _parts;
    readonly RowWriter _rows;
    readonly ApplyTransaction _transaction;
    readonly SettlementWriter _settlements;
    readonly StepRecord _record;
    readonly ForeignKeyOrphans _orphans;
    readonly EnforcedStep _enforced;
    readonly bool _hasPeers;
    readonly NodeTables _found;
    readonly HashSet<string> _kicks = [];
    readonly ServerTimeline _timeline;
    readonly LogFlush _flush;
    Dictionary<int, TableSql> _tables = [];
    (int Read, int Apply) _backends;
    volatile bool _isGivenUp;
    volatile PgRoundNode? _twin;
    PgRoundNode? _twinOf;
    ulong _purged;
    IReadOnlyDictionary<int, TableLayout> _layouts = new Dictionary<int, TableLayout>();

    PgRoundNode(SyncDefinition definition, Member member, SyncSessionOptions options, NpgsqlConnection read, NpgsqlConnection apply, ServerTimeline timeline, bool asReplica, NodeTables tables)
    {
        var (sync, strategy, hasPeers) = (definition.Sync.Id, definition.Sync.ConflictStrategy, definition.SourceIds().Count > 1);
        IReadOnlyCollection<int>? logging = definition.EveryNodeLogs() ? [.. definition.Members.Select(m => m.Id)] : null;
        (_definition, Member, _options, _sync, _read, _apply, _timeline, _found) = (definition, member, options, sync, read, apply, timeline, tables);
        AppliesAsReplica = asReplica;
        _flush = new LogFlush(apply, member);
        _reader = new PgNodeReader(read, member.Id, sync, tables.Fingerprints, options.Epoch, timeline.TellsLog, options.LooksOnly);
        Sequences = new PgSequences(read, member.Name, IsSource);
        Copying = new PgNodeCopy(apply, sync, asReplica, logging is not null);
        _hasPeers = hasPeers;
        var conflicts = new ConflictRecorder(apply, sync, strategy);
        var settler = new OrphanSettler(apply, member.Id, strategy, conflicts);
        _orphans = new ForeignKeyOrphans(apply, sync, hasPeers, settler);
        _enforced = new EnforcedStep(apply, member.Name, conflicts, settler, IsSource, HasChanges);
        _record = new StepRecord(member.Name, sync, timeline.Number, options.Epoch, logging is not null);
        _transaction = new ApplyTransaction(apply);
        _rows = new RowWriter(apply, _transaction);
        _parts = new PartWriter(apply, _transaction, _rows);
        _writer = new PgNodeWriter(apply, member.Name, sync, logging, IsSource, HasChanges, asReplica, options, tables.Fingerprints, _record, _orphans, conflicts, _enforced, _transaction, _rows, _parts);
        _settlements = new SettlementWriter(apply, member.Name, IsSource, asReplica, _writer, conflicts, _enforced, _transaction, _rows);
    }

    /// <summary>The database.</summary>
    public Member Member { get; }

    /// <inheritdoc/>
    public int Id => Member.Id;

    /// <inheritdoc/>
    public string Name => Member.Name;

    /// <inheritdoc/>
    public bool IsSource => Member.Role == DatabaseRole.Source;

    /// <inheritdoc/>
    public bool HasChanges => _found.AreRead;

    /// <summary>True when the role may set session_replication_role; else rows are applied as an ordinary session, known by a setting.</summary>
    public bool AppliesAsReplica { get; }

    /// <summary>The sync's sequences there; between rounds only.</summary>
    internal ISequenceNode Sequences { get; }

    /// <summary>Whether all tables are looked at when a snapshot is opened, not only those that may have something to be read.</summary>
    internal bool LooksAtAll { get; set; } = true;

    /// <summary>The node as one to which tables are copied; between rounds only.</summary>
    internal PgNodeCopy Copying { get; }

    /// <summary>The sync's tables as the node has them.</summary>
    public IReadOnlyDictionary<(string Schema, string Name), TableShape> Shapes => _found.Shapes;

    /// <summary>True when one of the connections has been lost.</summary>
    public bool IsBroken => _isGivenUp || _read.State != System.Data.ConnectionState.Open || _apply.State != System.Data.ConnectionState.Open;

    /// <summary>The backends of its connections, and whether they have a statement to run, as far as this side knows.</summary>
    public IReadOnlyList<(int Process, bool HasStatement)> Backends =>
        [.. new[] { (_read, _backends.Read), (_apply, _backends.Apply) }.Select(c => (c.Item2, c.Item1.FullState.HasFlag(System.Data.ConnectionState.Executing))), .. _twin?.Backends ?? []];

    /// <summary>Says how the tables' rows travel; to be called before the first round and whenever the layouts change.</summary>
    public void Bind(IReadOnlyDictionary<int, TableLayout> layouts)
    {
        _layouts = layouts;
        _tables = layouts.ToDictionary(l => l.Key, l =>
            new TableSql(l.Value, Shapes[(l.Value.Table.Schema, l.Value.Table.Name)], _found.Captured.TryGetValue(l.Key, out var id) ? id : null, Id, _found.Merging.Contains(l.Key)));
        _orphans.Bind(Capturing(), Shapes);
        _enforced.Bind(_tables.Values, Shapes, _hasPeers);
    }

    /// <summary>The SQL of a table.</summary>
    internal TableSql Sql(int table) => _tables[table];

    /// <summary>Whether another sync reads what is logged of a table here.</summary>
    internal bool IsShared(int table) => _found.Kicked.ContainsKey(table);

    /// <summary>Streams what a COPY gives, in the snapshot that is open.</summary>
    internal Task<Stream> OpenCopyAsync(int table, string copy, CancellationToken cancellation) => _reader.OpenCopyAsync(copy, _layouts[table].IsBinary, cancellation);

    /// <inheritdoc/>
    public TableLayout LayoutOf(int table) => _layouts[table];

    /// <summary>Rows as text, in the snapshot that is open.</summary>
    internal Task<IReadOnlyList<string?[]>> ReadAsync(string query, CancellationToken cancellation) => _reader.ReadRowsAsync(query, cancellation);

    /// <summary>How many bytes the tables have here.</summary>
    internal async Task<IReadOnlyDictionary<int, long>> MeasureTablesAsync(CancellationToken cancellation)
    {
        var (sizes, tables) = (new Dictionary<int, long>(), _tables.ToDictionary(t => (long)t.Value.Oid, t => t.Key));
        await using var command = _read.Command(SqlText.Load("Replication/Sql/copy_sizes.sql"), NodeConnection.Oids([.. _tables.Values.Select(t => t.Oid)]));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) sizes[tables[reader.GetInt64(0)]] = reader.GetInt64(1);
        return sizes;
    }

    /// <inheritdoc/>
    public async Task<NodeState> BeginReadAsync(CancellationToken cancellation)
    {
        var state = await _reader.BeginAsync(LooksAtAll, cancellation) with { Timeline = _timeline.Number, ReplayedUntil = _timeline.ReplayedUntil };
        // Where no foreign key is looked after, they stay, and are nobody's concern.
        state = state with { HasSuspects = state.HasSuspects && _orphans.HasKeys };
        _purged = state.Purged;
        _flush.Note(state.Unflushed, state.Unflushed is null && _timeline.TellsLog);
        return state;
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellation) => _flush.RunAsync(_transaction.IsOpen, cancellation);

    /// <inheritdoc/>
    public Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation) =>
        _reader.CountAsync(Capturing(window), window, limit, cancellation);

    /// <summary>Per table and origin, the changes in the window that the receivers do not know by other ways: how many, and the time of the first.</summary>
    public Task<IReadOnlyList<PendingChanges>> MeasureAsync(Window window, long limit, CancellationToken cancellation) =>
        _reader.MeasureAsync(Capturing(window), window, limit, cancellation);

    /// <summary>How many keys of a table are pending.</summary>
    public Task<long> CountKeysAsync(int table, Window window, CancellationToken cancellation) => _reader.CountRowsAsync(PendingSql(table, window), cancellation);

    /// <inheritdoc/>
    public Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation) =>
        _reader.FindCutAsync(Capturing(window), window, limit, cancellation);

    /// <inheritdoc/>
    public Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) => _reader.FindPastAsync(read, cancellation);

    /// <inheritdoc/>
    public async Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation)
    {
        if (!_found.Captured.TryGetValue(table, out var captured)) return new NodeTableFacts { Knowledge = knowledge };
        var truncations = await _reader.ReadTruncationsAsync(deferredKeys.Count > 0 ? window with { Seen = Snapshot.Empty } : window, cancellation);
        return new NodeTableFacts
        {
            Knowledge = knowledge,
            Entries = await _reader.CollectAsync(_tables[table], window, deferredKeys, cancellation),
            Truncation = truncations.TryGetValue(captured, out var truncation) ? truncation : null,
            Behind = window.IsCut && deferredKeys.Count > 0 ? await _reader.FindKeysAsync(_tables[table], _tables[table].ChangedBehind(window), deferredKeys, cancellation) : [],
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> FindLoggedAsync(int table, RowVersion version, IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
        _found.Captured.ContainsKey(table) ? await _reader.FindKeysAsync(_tables[table], _tables[table].Logged(version), keys, cancellation) : [];

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation)
    {
        var truncations = await _reader.ReadTruncationsAsync(window, cancellation);
        return [.. _found.Captured.Where(c => IsLookedAt(c.Key, window) && truncations.TryGetValue(c.Value, out var t) && !(window.SeenVersions.GetValueOrDefault(t.Version.Origin)?.Contains(t.Version.Xid) ?? false)).Select(c => c.Key)];
    }

    /// <inheritdoc/>
    public Task<ulong?> FindFirstSinceAsync(DateTime since, CancellationToken cancellation) => _reader.FindFirstSinceAsync(_found.Captured.Values, since, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyCollection<ChangeMark>> FindLoggedSinceAsync(int origin, ulong first, CancellationToken cancellation) => _reader.FindLoggedSinceAsync(_found.Captured.Values, origin, first, cancellation);

    /// <inheritdoc/>
    public Task<bool> IsTimelineTakenElsewhereAsync(int origin, int timeline, CancellationToken cancellation) => _reader.IsTimelineTakenElsewhereAsync(origin, timeline, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyCollection<ChangeMark>> FindSameAsync(int origin, IReadOnlyCollection<ChangeMark> changes, CancellationToken cancellation) =>
        _reader.FindSameAsync(_found.Captured.Values, origin, changes, cancellation);

    /// <inheritdoc/>
    public Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation) => _options.LooksOnly
        ? throw new BucardoException("TimelineChanged", ErrorKind.InvalidOperation, $"A standby was promoted in the place of a database that {Name} knows: the next round takes note of that first; look again after it.")
        : ServerTimeline.AdoptAsync(_apply, Name, _sync, expectedRound, origin, cut, known, _tables.Keys, cancellation);

    /// <inheritdoc/>
    public Task PickAsync(int table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation) => _reader.PickAsync(_tables[table], parts, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string?[]>?> ReadPendingAsync(int table, Window window, CancellationToken cancellation) =>
        _reader.ReadPendingAsync(_tables[table], window, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string?[]>?> ReadPickedAsync(int table, int part, CancellationToken cancellation) =>
        _reader.ReadLightAsync(_tables[table].RowsOfPicked(part, asText: true), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) =>
        _reader.ReadRowsOfKeysAsync(_tables[table], _layouts[table].Columns, keys, cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string?>> ReadStatesAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation) =>
        _tables[table].StatesOfKeys() is { } query ? [.. (await _reader.ReadRowsAsync(query, cancellation, PgNodeReader.KeyArrays(keys, _tables[table].KeyCount))).Select(r => r[0])] : new string?[keys.Count];

    /// <inheritdoc/>
    public Task<Stream> OpenPendingAsync(int table, Window window, CancellationToken cancellation) =>
        _reader.OpenCopyAsync(_tables[table].CopyOut(_tables[table].RowsOf(PendingSql(table, window), asText: false)), _layouts[table].IsBinary, cancellation);

    /// <inheritdoc/>
    public Task<Stream> OpenPickedAsync(int table, int part, CancellationToken cancellation) =>
        _reader.OpenCopyAsync(_tables[table].CopyOut(_tables[table].RowsOfPicked(part, asText: false)), _layouts[table].IsBinary, cancellation);

    /// <inheritdoc/>
    public Task EndReadAsync() => _isGivenUp ? Task.CompletedTask : _reader.EndAsync();

    /// <inheritdoc/>
    public Task HoldAsync(IReadOnlyDictionary<int, IReadOnlyCollection<string>> keys, CancellationToken cancellation) =>
        _writer.HoldAsync([.. keys.Where(k => _tables.ContainsKey(k.Key)).Select(k => (_tables[k.Key], k.Value))], cancellation);

    /// <inheritdoc/>
    public Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation) =>
        _writer.BeginAsync(opening with { WaitsForDisk = opening.WaitsForDisk || !_timeline.TellsLog }, opening.Staged.ToDictionary(t => t, t => _tables[t]), cancellation);

    /// <inheritdoc/>
    public Task<Stream> OpenStageAsync(int table, CancellationToken cancellation) => _writer.OpenStageAsync(table, _tables[table], _layouts[table].IsBinary, cancellation);

    /// <inheritdoc/>
    public bool WritesInParts(int table, bool log) => _writer.WritesInParts(_tables[table], log);

    /// <inheritdoc/>
    public Task<PartOutcome> WritePartAsync(int table, Applied applied, CancellationToken cancellation) => _parts.WriteAsync(_tables[table], applied, cancellation);

    /// <inheritdoc/>
    public Task<bool> TryInsertPartAsync(int table, BinaryRows rows, Applied applied, CancellationToken cancellation) => _rows.TryInsertAsync(_tables[table], rows, applied, cancellation);

    /// <inheritdoc/>
    public void NoteConflicts(int table, IReadOnlyList<PickedKey> overwritten, IReadOnlyList<PickedKey> truncated, IReadOnlySet<string> open)
    {
        _writer.Conflicts.Note(table, overwritten, truncated);
        _writer.Open[table] = open;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ApplyTruncationAsync(
        int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation) =>
        _writer.TruncateAsync(_tables[table], version, _found.Captured.GetValueOrDefault(table), keep, snapshot, Logs(table, log), applied, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
        int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation) =>
        _writer.ApplyAsync(_tables[table], rows, snapshot, strategy, Logs(table, log), applied, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
        int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation)
    {
        Logs(table, log: true); // wakes whoever takes it on
        return _settlements.SettleAsync(_tables[table], settlements, snapshot, strategy, applied, cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishRowsAsync(StepReach reach, Applied applied, CancellationToken cancellation) => _writer.FinishAsync(reach, applied, cancellation);

    // What is recorded goes to the server with COMMIT.
    /// <inheritdoc/>
    public Task RecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation)
    {
        _record.Add(progress, null, deferred, deferredChanged, _purged);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task KeepContextsAsync(IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held, CancellationToken cancellation)
    {
        _record.KeepContexts(held);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RecordLaneAsync(
        int table, IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation)
    {
        _record.Add(progress, table, deferred, deferredChanged, _purged);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        foreach (var sync in _kicks) _record.Kick(sync);
        _kicks.Clear();
        await _writer.CommitAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task RollbackAsync()
    {
        _kicks.Clear();
        return _isGivenUp ? Task.CompletedTask : _writer.RollbackAsync();
    }

    /// <summary>The node does not answer: from here on nothing is said to it any more, for that would only wait.</summary>
    public void GiveUp()
    {
        _isGivenUp = true;
        _twin?.GiveUp();
    }

    /// <summary>Asks peers what they have seen of this node, notes it here and purges what all have seen. Between rounds only.</summary>
    public async Task<long> MaintainAsync(IReadOnlyList<PgRoundNode> peers, CancellationToken cancellation)
    {
        if (!HasChanges) return 0;
        foreach (var peer in peers)
        {
            if (await peer.FloorAsync(this, cancellation) is { } floor) await Purger.AcknowledgeAsync(_apply, _sync, peer.Id, floor, cancellation);
        }
        var purged = await Purger.PurgeAsync(_apply, cancellation);
        foreach (var purge in _tables.Values.Select(t => t.PurgeStates()).OfType<string>()) await _apply.ExecuteAsync(purge, cancellation);
        return purged;
    }

    // Whoever is told it lets go of what lies below: a crash must not take it away from here any more.
    async Task<string?> FloorAsync(PgRoundNode origin, CancellationToken cancellation)
    {
        var floor = await HeldProgress.FloorAsync(_apply, _sync, origin.Id, origin._timeline.Number, cancellation);
        if (floor is not null && _timeline.TellsLog) await _apply.ExecuteAsync(SqlText.Load("Replication/Sql/flush_all.sql"), cancellation);
        return floor;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_twinOf is { } node) node._twin = null;
        var closing = Task.WhenAll(_read.AbandonAsync(), _apply.AbandonAsync(), _flush.DisposeAsync().AsTask());
        if (!_isGivenUp) await closing;
    }

    Dictionary<int, TableSql> Capturing(Window? window = null) => _tables.Where(t => _found.Captured.ContainsKey(t.Key) && IsLookedAt(t.Key, window)).ToDictionary(t => t.Key, t => t.Value);

    bool IsLookedAt(int table, Window? window) => _tables.ContainsKey(table) && window?.Tables?.Contains(table) != false;

    bool Logs(int table, bool log)
    {
        if (!_found.Kicked.TryGetValue(table, out var kicks)) return log && _found.Captured.ContainsKey(table);
        _kicks.UnionWith(kicks);
        return true;
    }

    string PendingSql(int table, Window window) => _tables[table].Pending(window);
}
