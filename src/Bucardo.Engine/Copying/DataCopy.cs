using System.Collections.Concurrent;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Copying;

/// <summary>
/// Copies tables of a sync from one of its sources to another member, several at a time, the largest first. While it works, rounds leave the target out and go on among the others. A table
/// that fails stays as it was, and the others are copied.
/// </summary>
public sealed class DataCopy
{
    // More often than that nobody can read it.
    const int BytesBetweenReports = 4 << 20;

    readonly SyncDefinition _definition;
    readonly Member _source;
    readonly Member _target;
    readonly CopyOptions _options;
    readonly IProgress<RoundProgress>? _progress;
    readonly ConcurrentBag<TableCopy> _results = [];
    readonly Dictionary<int, Snapshot> _starts = [];
    long _bytes;
    long _reported;
    long _size = 1;

    /// <summary>Creates the copy; nothing is connected yet.</summary>
    /// <param name="definition">The sync; it has been prepared on both nodes.</param>
    /// <param name="source">Where to copy from: a source of the sync.</param>
    /// <param name="target">Where to copy to.</param>
    /// <param name="options">What to do.</param>
    /// <param name="progress">Hears how far it is.</param>
    public DataCopy(SyncDefinition definition, Member source, Member target, CopyOptions options, IProgress<RoundProgress>? progress = null) =>
        (_definition, _source, _target, _options, _progress) = (definition, source, target, options, progress);

    /// <summary>Copies.</summary>
    /// <returns>Per table what came of it, in the order of the herd.</returns>
    /// <exception cref="BucardoException">A node cannot be reached, has not been prepared, or is being copied to already; the tables do not fit.</exception>
    public async Task<IReadOnlyList<TableCopy>> RunAsync(CancellationToken cancellation)
    {
        await using var held = await NodeCopyLock.TakeAsync(_target, _definition.Sync, cancellation);
        await using var first = await OpenAsync(cancellation);
        if (_definition.EveryNodeLogs()) await FindStartsAsync(first.Source, cancellation);
        var tables = _definition.ReplicatedTables().Where(t => _options.Tables?.Contains(t.Id) != false).ToList();
        var sizes = await MeasureAsync(first.Source, cancellation);
        _size = Math.Max(1, tables.Sum(t => sizes[t.Id]));
        // Where foreign keys are enforced, only all tables together can be replaced.
        var portions = first.Target.AppliesAsReplica
            ? tables.OrderByDescending(t => sizes[t.Id]).Select(t => (IReadOnlyList<Table>)[t])
            : [ParentsFirst(tables, first.Target)];
        var queue = new ConcurrentQueue<IReadOnlyList<Table>>(portions.Where(p => p.Count > 0));
        var others = Enumerable.Range(1, Math.Max(0, Math.Min(_options.Parallel, queue.Count) - 1)).Select(_ => WorkAsync(queue, cancellation));
        await Task.WhenAll([WorkAsync(first, queue, cancellation), .. others]);
        foreach (var table in queue.SelectMany(t => t)) Fail(table, $"Table {table.FullName} was not copied to database {_target.Name}, for the connections had been lost by then: copy it again.");
        return [.. tables.SelectMany(t => _results.Where(r => r.Table == t.FullName))];
    }

    static async Task<IReadOnlyDictionary<int, long>> MeasureAsync(PgRoundNode source, CancellationToken cancellation)
    {
        try
        {
            return await source.MeasureTablesAsync(cancellation);
        }
        catch (PostgresException e)
        {
            throw new BucardoException("NodeFailed", ErrorKind.Connection, $"The tables on database {source.Name} could not be measured: {e.MessageText} ({e.SqlState}). Look for a long transaction in pg_stat_activity there, then copy again.", e);
        }
    }

    async Task WorkAsync(ConcurrentQueue<IReadOnlyList<Table>> queue, CancellationToken cancellation)
    {
        await using var pair = await OpenAsync(cancellation);
        await WorkAsync(pair, queue, cancellation);
    }

    async Task WorkAsync(NodePair pair, ConcurrentQueue<IReadOnlyList<Table>> queue, CancellationToken cancellation)
    {
        var origins = _definition.EveryNodeLogs() ? _definition.Members.Select(m => m.Id).ToList() : [_source.Id];
        while (queue.TryDequeue(out var tables))
        {
            var names = tables.ToDictionary(t => t.Id, t => t.FullName);
            var transaction = new CopyTransaction(_definition.Sync.Name, pair.Source, pair.Target, origins, _starts, _options, (table, bytes) => Report(names[table], bytes));
            try
            {
                foreach (var result in await transaction.RunAsync([.. tables.Select(t => pair.Target.Sql(t.Id))], cancellation)) _results.Add(result);
            }
            catch (Exception e) when (e is BucardoException or NpgsqlException or IOException or TimeoutException or ShapeChangedException or NodeFailedException)
            {
                foreach (var table in tables) Fail(table, e is NodeFailedException failed ? Describe(failed.InnerException!, table, failed.Node) : Describe(e, table, _target.Name));
                // What is left is for those who still have connections.
                if (pair.IsBroken) return;
            }
        }
    }

    // Of a node that has never brought anything, the source has seen what was there when it was registered. Only that node knows when it was; if it is away, nobody does.
    async Task FindStartsAsync(PgRoundNode source, CancellationToken cancellation)
    {
        var state = await source.BeginReadAsync(cancellation);
        await source.EndReadAsync();
        foreach (var member in _definition.Members.Where(m => m != _source && m != _target && m.Problem is null && !state.Progress.ContainsKey(m.Id)))
        {
            try
            {
                await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, NodeCopyLock.Purpose, cancellation);
                await using var command = connection.Command("SELECT acknowledged::text FROM bucardo_node.consumer WHERE sync = $1 AND peer = $2", _definition.Sync.Id, _source.Id);
                if (await command.ExecuteScalarAsync(cancellation) is string start) _starts[member.Id] = Snapshot.Parse(start);
            }
            catch (Exception e) when (e is BucardoException or NpgsqlException)
            {
                // It is away, or has not been prepared.
            }
        }
    }

    async Task<NodePair> OpenAsync(CancellationToken cancellation)
    {
        var source = await OpenAsync(_source, looksOnly: true, cancellation);
        try
        {
            var target = await OpenAsync(_target, looksOnly: false, cancellation);
            var binding = SyncBinding.Create(_definition, [source, target], []);
            var pair = new NodePair(source, target);
            if (binding.Paused.FirstOrDefault(p => _options.Tables?.Contains(_definition.Tables.First(t => t.FullName == p.Table).Id) != false) is { } unlike)
            {
                await pair.DisposeAsync();
                throw new BucardoException("SchemaMismatch", ErrorKind.Validation, unlike.Reason) { Problems = unlike.Problems };
            }
            source.Bind(binding.Layouts);
            target.Bind(binding.Layouts);
            return pair;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    async Task<PgRoundNode> OpenAsync(Member member, bool looksOnly, CancellationToken cancellation)
    {
        try
        {
            var options = new SyncSessionOptions { LooksOnly = looksOnly, Purpose = NodeCopyLock.Purpose, LockTimeout = PgNodeCopy.LockTimeout };
            return await PgRoundNode.OpenAsync(_definition, member, options, cancellation);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn)
        {
            throw new BucardoException("NotPrepared", ErrorKind.InvalidOperation, SyncLook.NotPrepared(_definition, member.Name).Message, e);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            throw new BucardoException("NodeFailed", ErrorKind.Connection, NodeErrors.Describe(e, member.Name), e);
        }
    }

    void Fail(Table table, string problem) =>
        _results.Add(new TableCopy { Sync = _definition.Sync.Name, Table = table.FullName, Source = _source.Name, Target = _target.Name, Outcome = CopyOutcome.Failed, Problem = problem });

    void Report(string table, long bytes)
    {
        var done = Interlocked.Add(ref _bytes, bytes);
        var last = Interlocked.Read(ref _reported);
        if (_progress is null || done - last < BytesBetweenReports || Interlocked.CompareExchange(ref _reported, done, last) != last) return;
        // What travels is not exactly what lies on the disk.
        _progress.Report(new RoundProgress(_definition.Sync.Name, $"{table} to {_target.Name}: {done >> 20} MB of about {_size >> 20} MB", (int)Math.Min(99, 100 * done / _size)));
    }

    string Describe(Exception error, Table table, string node) => error switch
    {
        ShapeChangedException => $"The columns of table {table.FullName} changed while it was copied to database {_target.Name}: copy it again.",
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } e =>
            $"Table {table.FullName} could not be copied to database {_target.Name}: {e.MessageText} The role there may not set session_replication_role, so foreign keys are enforced: copy the tables that it refers to as well, or grant the right.",
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            $"Table {table.FullName} on database {node} stayed locked for {PgNodeCopy.LockTimeout.TotalSeconds:0} s: look for a long transaction in pg_stat_activity there, then copy it again.",
        PostgresException e => $"Table {table.FullName} could not be copied from {_source.Name} to {_target.Name}: {e.MessageText} ({e.SqlState}). It is as it was.",
        NpgsqlException or IOException or TimeoutException => $"A connection to {_source.Name} or {_target.Name} was lost while table {table.FullName} was copied ({error.Message}); it is as it was: copy it again.",
        _ => error.Message,
    };

    static IReadOnlyList<Table> ParentsFirst(IReadOnlyList<Table> tables, PgRoundNode node)
    {
        var shapes = tables.ToDictionary(t => t, t => node.Shapes[(t.Schema, t.Name)]);
        var (ordered, left) = (new List<Table>(), tables.ToList());
        while (left.Count > 0)
        {
            var waiting = left.Select(t => shapes[t].Oid).ToHashSet();
            var free = left.Where(t => shapes[t].ForeignKeys.All(f => f.Parent == shapes[t].Oid || !waiting.Contains(f.Parent))).ToList();
            // Tables that refer to each other in a circle come as they stand: their constraints are deferred, where they can be.
            if (free.Count == 0) free = left.ToList();
            ordered.AddRange(free);
            left = [.. left.Except(free)];
        }
        return ordered;
    }

    sealed record NodePair(PgRoundNode Source, PgRoundNode Target) : IAsyncDisposable
    {
        public bool IsBroken => Source.IsBroken || Target.IsBroken;

        public async ValueTask DisposeAsync()
        {
            await Source.DisposeAsync();
            await Target.DisposeAsync();
        }
    }
}
