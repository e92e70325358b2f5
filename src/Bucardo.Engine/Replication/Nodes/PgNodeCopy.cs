using System.Globalization;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>A PostgreSQL node to which tables are copied: one transaction, in which they become what they are on another node, together with what is known of their versions.</summary>
sealed class PgNodeCopy(NpgsqlConnection connection, int sync, bool asReplica, bool everyNodeLogs)
{
    /// <summary>Whoever writes to a table that is to be replaced, or changes one that is read, has time to finish.</summary>
    public static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(30);

    NpgsqlTransaction? _transaction;

    /// <summary>Opens the transaction and keeps all writers out of the tables.</summary>
    public async Task BeginAsync(IEnumerable<TableSql> tables, CancellationToken cancellation)
    {
        _transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellation);
        await connection.ExecuteAsync($"SET LOCAL lock_timeout = '{LockTimeout.TotalSeconds:0}s'", cancellation);
        if (!asReplica) await connection.ExecuteAsync("SET CONSTRAINTS ALL DEFERRED", cancellation);
        // What the capture functions look at: these writes are not local ones.
        await connection.ExecuteAsync("SELECT set_config('bucardo.origin', 'replication', true)", cancellation);
        foreach (var table in tables) await connection.ExecuteAsync(table.LockTable(), cancellation);
    }

    /// <summary>No change here is dated before a time from now on.</summary>
    public Task DateAfterAsync(DateTime clock, CancellationToken cancellation) => connection.ExecuteAsync(SqlText.Load("Replication/Sql/ahead.sql"), cancellation, clock);

    /// <summary>Whether a table has no row.</summary>
    public Task<bool> IsEmptyAsync(TableSql table, CancellationToken cancellation) => AskAsync(table.IsEmpty(), cancellation);

    /// <summary>Whether a table has not got its data since the node was registered.</summary>
    public Task<bool> AwaitsDataAsync(TableSql table, CancellationToken cancellation) => AskAsync(
        "SELECT NOT filled FROM bucardo_node.replicates r JOIN bucardo_node.captured c ON c.id = r.captured WHERE r.sync = $1 AND c.relation = $2::oid::regclass", cancellation, sync, NodeConnection.Oid(table.Oid));

    /// <summary>Whether the node has logged a version of the table that the source has not seen.</summary>
    public async Task<bool> HasUnseenAsync(TableSql table, CopyContext context, CancellationToken cancellation) => table.HasChanges && await AskAsync(table.HasUnseen(), cancellation,
        context.Seen.Keys.ToArray(), context.Seen.Values.Select(s => s.ToString()).ToArray(),
        context.Exceptions.Select(e => e.Version.Origin).ToArray(), context.Exceptions.Select(e => e.Version.Xid.ToString(CultureInfo.InvariantCulture)).ToArray());

    /// <summary>A table outside of what is copied whose rows refer to a table's, where that is enforced; null: there is none, or it is not.</summary>
    public async Task<string?> FindReferringAsync(TableSql table, IEnumerable<TableSql> copied, CancellationToken cancellation)
    {
        if (asReplica) return null;
        await using var command = connection.Command(SqlText.Load("Replication/Sql/copy_referring.sql"), NodeConnection.Oid(table.Oid), NodeConnection.Oids([.. copied.Select(c => c.Oid)]));
        return await command.ExecuteScalarAsync(cancellation) as string;
    }

    /// <summary>Takes all rows away.</summary>
    /// <param name="table">The table.</param>
    /// <param name="truncate">By TRUNCATE: faster, and keeps readers out until the end.</param>
    /// <param name="cancellation">Cancels it.</param>
    public Task EmptyAsync(TableSql table, bool truncate, CancellationToken cancellation) => connection.ExecuteAsync(truncate ? table.Truncate() : table.DeleteTable(), cancellation);

    /// <summary>Opens a stream into the table, as <see cref="TableSql.CopyTableOut"/> writes it.</summary>
    public Task<Stream> OpenAsync(string copy, bool binary, CancellationToken cancellation) => CopyStreams.OpenInAsync(connection, copy, binary, cancellation);

    /// <summary>Rows that this transaction has inserted into a table.</summary>
    public async Task<long> CountInsertedAsync(TableSql table, CancellationToken cancellation)
    {
        await using var command = connection.Command(SqlText.Load("Replication/Sql/copy_inserted.sql"), NodeConnection.Oid(table.Oid));
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Forgets what the node has logged of a table, and the states of its rows.</summary>
    public async Task ForgetLogAsync(TableSql table, CancellationToken cancellation)
    {
        foreach (var statement in table.ForgetLog()) await connection.ExecuteAsync(statement, cancellation);
    }

    /// <summary>Logs a TRUNCATE as the version that it is.</summary>
    public Task LogTruncationAsync(TableSql table, IReadOnlyList<string?> version, CancellationToken cancellation) => connection.ExecuteAsync(
        "INSERT INTO bucardo_node.truncation (captured, origin, origin_xid, at) VALUES ($1, $2::text::integer, $3::text::xid8, $4::text::timestamptz)", cancellation,
        table.CapturedId, version[0]!, version[1]!, version[2]!);

    /// <summary>Takes tables as they are: a node that joined need not wait for their data.</summary>
    public async Task AcceptAsync(IReadOnlyCollection<TableSql> tables, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(SqlText.Load("Replication/Sql/copy_round.sql")) { Parameters = { new() { Value = sync } } } } };
        foreach (var table in tables) batch.BatchCommands.Add(Filled(table));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Records what the node has seen of a table.</summary>
    public async Task RecordAsync(TableSql copied, CopyContext context, CancellationToken cancellation)
    {
        var table = copied.Table.Id;
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(SqlText.Load("Replication/Sql/copy_round.sql")) { Parameters = { new() { Value = sync } } },
                Filled(copied),
                HeldProgress.Record(sync, table, context.Progress),
                HeldProgress.Release(sync, table),
                new("DELETE FROM bucardo_node.deferred WHERE sync = $1 AND relation = $2") { Parameters = { new() { Value = sync }, new() { Value = table } } },
                DeferredVersions.Record(sync, context.Deferred),
            },
        };
        if (everyNodeLogs) batch.BatchCommands.Add(new(SqlText.Load("Replication/Sql/copy_past.sql")) { Parameters = { new() { Value = sync } } });
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Commits.</summary>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        await _transaction!.CommitAsync(cancellation);
        _transaction = null;
    }

    /// <summary>Takes everything back. Never throws.</summary>
    public async Task RollbackAsync()
    {
        if (_transaction is null) return;
        _transaction = null;
        try
        {
            await connection.ExecuteAsync("ROLLBACK", CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException or ObjectDisposedException)
        {
            // The server rolls back when it notices that the connection is gone.
            await connection.AbandonAsync();
        }
    }

    // A target that logs nothing has no such row, and waits for nothing.
    NpgsqlBatchCommand Filled(TableSql table) => new("UPDATE bucardo_node.replicates SET filled = true FROM bucardo_node.captured c WHERE c.id = captured AND sync = $1 AND c.relation = $2::oid::regclass")
    {
        Parameters = { new() { Value = sync }, NodeConnection.Oid(table.Oid) },
    };

    async Task<bool> AskAsync(string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }
}
