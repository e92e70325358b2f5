using System.Diagnostics;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Copying;

/// <summary>
/// Makes tables of one node what they are on another, in one transaction and from one snapshot, while writes go on at the source. Nobody writes to the target's tables meanwhile; they are locked
/// before the snapshot is taken, so whatever the target's log names by then, the source has seen, or the copy is refused. The context that goes with the rows is recorded in the same transaction,
/// for each table by itself (<c>bucardo_node.held</c>): the rounds that follow bring it level from there.
/// </summary>
sealed class CopyTransaction(string sync, PgRoundNode source, PgRoundNode target, IReadOnlyCollection<int> origins, IReadOnlyDictionary<int, Snapshot> starts, CopyOptions options, Action<int, long> report)
{
    const int BufferSize = 128 * 1024;

    readonly PgNodeCopy _copying = target.Copying;

    /// <summary>Copies the tables, in the order given: parents before those that refer to them.</summary>
    /// <exception cref="BucardoException">CopyNotLevel, CopySharedTable, CopyReferredTo.</exception>
    public async Task<IReadOnlyList<TableCopy>> RunAsync(IReadOnlyList<TableSql> tables, CancellationToken cancellation)
    {
        try
        {
            await ReachAsync("begin", () => _copying.BeginAsync(tables, cancellation));
            var copied = new List<TableSql>();
            foreach (var table in tables)
                if (!options.OnlyIfEmpty || await _copying.IsEmptyAsync(table, cancellation)) copied.Add(table);
            var left = tables.Except(copied).ToList();
            if (left.Count > 0) await _copying.AcceptAsync(left, cancellation);
            var before = await target.BeginReadAsync(cancellation);
            await target.EndReadAsync();
            var snapshot = await AtSourceAsync(() => source.BeginReadAsync(cancellation));
            var contexts = new Dictionary<TableSql, CopyContext>();
            foreach (var table in copied) contexts[table] = await CheckAsync(table, copied, snapshot, before, cancellation);
            await _copying.DateAfterAsync(snapshot.Clock, cancellation);
            // Children first: where foreign keys are enforced, a parent cannot go before them.
            foreach (var table in copied.AsEnumerable().Reverse())
                if (!await _copying.IsEmptyAsync(table, cancellation)) await ReachAsync("empty", () => _copying.EmptyAsync(table, options.Truncate, cancellation));
            var results = new List<TableCopy>();
            foreach (var table in copied) results.Add(await CopyAsync(table, contexts[table], cancellation));
            await AtSourceAsync(async () =>
            {
                await source.FlushAsync(cancellation);
                return true;
            });
            await ReachAsync("commit", () => _copying.CommitAsync(cancellation));
            return [.. results, .. left.Select(t => Result(t, CopyOutcome.NotEmpty))];
        }
        finally
        {
            await _copying.RollbackAsync();
            await source.EndReadAsync();
        }
    }

    async Task<CopyContext> CheckAsync(TableSql table, List<TableSql> copied, NodeState from, NodeState to, CancellationToken cancellation)
    {
        if (target.IsShared(table.Table.Id))
            throw new BucardoException("CopySharedTable", ErrorKind.InvalidOperation,
                $"Table {table.Table.FullName} on database {target.Name} is replicated by another sync as well, which would not hear of the copy: remove it from that sync's herd, copy, and add it again.");
        var context = CopyContext.After(table.Table.Id, (source.Id, from), (target.Id, to), origins, starts)
            ?? throw new BucardoException("CopyNotLevel", ErrorKind.InvalidOperation,
                $"Database {source.Name} is in the middle of what another database of sync {sync} brings, or has never had a round with one that is away: let a round run to its end with all databases (Invoke-BucardoSync, or Wait-BucardoSync with a service), then copy again.");
        // What a database held and wrote before its data came is what the copy is to replace.
        var isNew = from.Joined.Contains(target.Id) && await _copying.AwaitsDataAsync(table, cancellation);
        if (!isNew && await _copying.HasUnseenAsync(table, context, cancellation))
            throw new BucardoException("CopyNotLevel", ErrorKind.InvalidOperation,
                $"Table {table.Table.FullName} on database {target.Name} has changes that {source.Name} has not received, and that a copy would destroy: let a round run to its end while nobody writes there "
                + $"(Invoke-BucardoSync, or Wait-BucardoSync with a service), or give them up with Clear-BucardoDelta -Force; then copy again.");
        if (await _copying.FindReferringAsync(table, copied, cancellation) is { } referring)
            throw new BucardoException("CopyReferredTo", ErrorKind.InvalidOperation,
                $"Table {referring} on database {target.Name} refers to {table.Table.FullName} and is not copied with it, and the role there may not set session_replication_role: copy both, or grant the right.");
        return context;
    }

    async Task<TableCopy> CopyAsync(TableSql table, CopyContext context, CancellationToken cancellation)
    {
        var (start, id, from) = (Stopwatch.GetTimestamp(), table.Table.Id, source.Sql(table.Table.Id));
        var counted = await _copying.CountInsertedAsync(table, cancellation);
        long bytes = 0;
        await ReachAsync("rows", async () => bytes = await PourAsync(id, from.CopyTableOut(), table.CopyTableIn(), part => report(id, part), cancellation));
        var rows = await _copying.CountInsertedAsync(table, cancellation) - counted;
        if (table.HasChanges) await CopyLogAsync(table, from, cancellation);
        await ReachAsync("record", () => _copying.RecordAsync(table, context, cancellation));
        return Result(table, CopyOutcome.Copied) with { Rows = rows, Bytes = bytes, Duration = Stopwatch.GetElapsedTime(start) };
    }

    // Where nodes log what they receive, the log says which version each of them holds; elsewhere what the target had logged has been seen, and there is nothing to say.
    async Task CopyLogAsync(TableSql table, TableSql from, CancellationToken cancellation)
    {
        var id = table.Table.Id;
        await _copying.ForgetLogAsync(table, cancellation);
        if (origins.Count > 1 && from.HasChanges)
        {
            foreach (var truncation in await AtSourceAsync(() => source.ReadAsync(from.LastTruncation(), cancellation))) await _copying.LogTruncationAsync(table, truncation, cancellation);
            await ReachAsync("log", () => PourAsync(id, from.CopyLogOut(), table.CopyLogIn(), null, cancellation));
        }
        if (table.Merges && from.Merges) await PourAsync(id, from.CopyStatesOut(), table.CopyStatesIn(), null, cancellation);
    }

    async Task<long> PourAsync(int table, string from, string to, Action<long>? report, CancellationToken cancellation)
    {
        long bytes = 0;
        await using var rows = await AtSourceAsync(() => source.OpenCopyAsync(table, from, cancellation));
        var sink = await _copying.OpenAsync(to, source.LayoutOf(table).IsBinary, cancellation);
        try
        {
            var buffer = new byte[BufferSize];
            int read;
            while ((read = await rows.ReadAsync(buffer, cancellation)) > 0)
            {
                await sink.WriteAsync(buffer.AsMemory(0, read), cancellation);
                bytes += read;
                report?.Invoke(read);
            }
        }
        catch
        {
            // What has been sent is not whole.
            await CopyStreams.AbandonAsync(sink);
            throw;
        }
        await sink.DisposeAsync();
        return bytes;
    }

    // Where it failed cannot be seen from what PostgreSQL says.
    async Task<T> AtSourceAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (PostgresException e)
        {
            throw new NodeFailedException(source.Name, e);
        }
    }

    async Task ReachAsync(string effect, Func<Task> run)
    {
        options.Faults.Reach("before-copy-" + effect, target.Name);
        await run();
        options.Faults.Reach("after-copy-" + effect, target.Name);
    }

    TableCopy Result(TableSql table, CopyOutcome outcome) => new() { Sync = sync, Table = table.Table.FullName, Source = source.Name, Target = target.Name, Outcome = outcome };
}
