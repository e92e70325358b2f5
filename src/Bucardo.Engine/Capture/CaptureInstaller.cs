using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Bucardo.Engine.Capture;

/// <summary>How capture is installed.</summary>
public sealed record CaptureOptions
{
    /// <summary>How long the installation of one table waits for the table's lock before it lets the application go first and tries again.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a table is tried.</summary>
    public int LockAttempts { get; init; } = 30;

    /// <summary>How many rows of a statement are recorded one by one; the keys of those beyond are recorded many to a row. At least one.</summary>
    public int FirstRows { get; init; } = 100;

    /// <summary>
    /// How many of the rows beyond are recorded at once, where the key's values all have the same length: so many keys are held in memory, twice for an UPDATE. Four times so many are recorded that way,
    /// and the others as the other keys are.
    /// </summary>
    public int BlockRows { get; init; } = 250_000;
}

/// <summary>
/// Installs, verifies, repairs and removes what a sync needs on one node. Everything is idempotent: what is in place and right is not touched and takes no lock.
/// Each table is a transaction of its own with a lock timeout, so that a busy application is never blocked behind a waiting installation.
/// </summary>
public sealed partial class CaptureInstaller
{
    /// <summary>Version of the schema <c>bucardo_node</c>; an older one is brought up to it when a sync is prepared.</summary>
    public const int NodeVersion = 7;

    readonly NpgsqlConnection _connection;
    readonly Member _node;
    readonly CaptureOptions _options;

    /// <summary>Creates an installer for one node.</summary>
    public CaptureInstaller(NpgsqlConnection connection, Member node, CaptureOptions? options = null) =>
        (_connection, _node, _options) = (connection, node, options ?? new CaptureOptions());

    /// <summary>
    /// Installs or repairs everything that the sync needs here. A receiver gets the bookkeeping only, a source the triggers too.
    /// Returns what was changed, in words; nothing when all was in place.
    /// </summary>
    /// <param name="definition">The sync.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <param name="broken">Receives the tables that cannot be captured as they are: what has been captured of them stays, and the others go on. Left out: the first of them is an error.</param>
    /// <exception cref="BucardoException">A table has no such key or cannot be locked, or the database belongs to another node.</exception>
    public async Task<IReadOnlyList<string>> EnsureAsync(SyncDefinition definition, CancellationToken cancellation, ICollection<Problem>? broken = null)
    {
        var changes = new List<string>();
        if (await EnsureNodeAsync(cancellation)) changes.Add("schema bucardo_node");
        await RegisterAsync(definition, cancellation);

        var isSource = _node.Role == DatabaseRole.Source;
        var tables = isSource || definition.EveryNodeLogs() ? definition.ReplicatedTables() : [];
        var shapes = await ShapeReader.ReadAsync(_connection, tables, cancellation);
        var ids = new List<int>();
        foreach (var table in tables)
        {
            try
            {
                if (!shapes.TryGetValue((table.Schema, table.Name), out var shape))
                    throw new BucardoException("TableMissing", ErrorKind.NotFound, $"Table {table.FullName} of sync {definition.Sync.Name} does not exist on database {_node.Name}: create it there, or remove it from herd {definition.Sync.Herd}.");
                ids.Add(await RetryOnLockAsync(table, token => EnsureTableAsync(definition, table, shape, isSource, changes, token), cancellation));
            }
            catch (BucardoException e) when (broken is not null && e.ErrorId is "TableMissing" or "KeyMissing")
            {
                broken.Add(new Problem(e.ErrorId, table.FullName, _node.Name, e.Message));
            }
        }
        // Which of them is the broken one, nobody may be able to tell any more.
        if (broken?.Count > 0) return changes;
        await _connection.ExecuteAsync("DELETE FROM bucardo_node.replicates WHERE sync = $1 AND captured <> ALL ($2)", cancellation, definition.Sync.Id, ids.ToArray());
        changes.AddRange(await RemoveUnusedAsync(cancellation));
        return changes;
    }

    /// <summary>Removes a sync from the node, the capture of tables that no other sync needs, and after the last sync the schema bucardo_node itself. Returns what was removed, in words.</summary>
    public async Task<IReadOnlyList<string>> RemoveAsync(int sync, CancellationToken cancellation)
    {
        await NodeOwner.CheckAsync(_connection, _node.Name, cancellation);
        if (!await IsInstalledAsync(cancellation)) return [];
        await _connection.ExecuteAsync("DELETE FROM bucardo_node.sync WHERE id = $1", cancellation, sync);
        var removed = await RemoveUnusedAsync(cancellation);
        await DropEmptySchemaAsync(cancellation);
        return removed;
    }

    async Task DropEmptySchemaAsync(CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(cancellation);
        try
        {
            await _connection.ExecuteAsync($"SET LOCAL lock_timeout = {(long)_options.LockTimeout.TotalMilliseconds}", cancellation);
            await _connection.ExecuteAsync(SqlText.Load("Capture/Sql/node_drop.sql"), cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.InsufficientPrivilege)
        {
            // Somebody is using it, or it is another role's: an empty schema harms nobody.
            await transaction.RollbackAsync(cancellation);
        }
    }

    async Task<bool> IsInstalledAsync(CancellationToken cancellation)
    {
        await using var command = _connection.Command("SELECT to_regclass('bucardo_node.consumer') IS NOT NULL");
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    async Task<int> VersionAsync(CancellationToken cancellation)
    {
        await using var command = _connection.Command("SELECT coalesce((SELECT version FROM bucardo_node.node), 0)");
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    async Task<bool> EnsureNodeAsync(CancellationToken cancellation)
    {
        await NodeOwner.CheckAsync(_connection, _node.Name, cancellation);
        var current = await IsInstalledAsync(cancellation) && await VersionAsync(cancellation) >= NodeVersion;
        if (!current)
        {
            await using var transaction = await _connection.BeginTransactionAsync(cancellation);
            // Two syncs may come to a new node at once.
            await _connection.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtext('bucardo_node'))", cancellation);
            await _connection.ExecuteAsync(SqlText.Load("Capture/Sql/node.sql"), cancellation);
            await _connection.ExecuteAsync(SqlText.Load("Capture/Sql/merge_state.sql"), cancellation);
            await _connection.ExecuteAsync(
                "INSERT INTO bucardo_node.node (id, name, version) VALUES ($1, $2, $3) ON CONFLICT (singleton) DO UPDATE SET version = $3", cancellation, _node.Id, _node.Name, NodeVersion);
            await NodeOwner.CheckAsync(_connection, _node.Name, cancellation);
            await transaction.CommitAsync(cancellation);
        }
        await using var command = _connection.Command("SELECT id, name FROM bucardo_node.node");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (await reader.ReadAsync(cancellation) && (reader.GetInt32(0) != _node.Id))
        {
            throw new BucardoException("NodeBelongsToOther", ErrorKind.InvalidOperation,
                $"The database behind {_node.Name} carries the replication state of node {reader.GetInt32(0)} ({reader.GetString(1)}), so it is a copy of that node or belongs to another control database: "
                + "if it does not replicate under that name any more, run DROP SCHEMA bucardo_node CASCADE in it.");
        }
        return !current;
    }

    async Task RegisterAsync(SyncDefinition definition, CancellationToken cancellation)
    {
        var peers = definition.Members.Where(m => m.Id != _node.Id).Select(m => m.Id).ToArray();
        await using var transaction = await _connection.BeginTransactionAsync(cancellation);
        // A sync of this name with another id was removed, or renamed and still waits for its progress here. It makes room, and keeps what it has.
        await _connection.ExecuteAsync("UPDATE bucardo_node.sync SET name = format('%s (was %s)', id, name) WHERE name = $2 AND id <> $1", cancellation, definition.Sync.Id, definition.Sync.Name);
        await _connection.ExecuteAsync(SqlText.Load("Capture/Sql/sync_register.sql"), cancellation, definition.Sync.Id, definition.Sync.Name);
        await _connection.ExecuteAsync(SqlText.Load("Capture/Sql/consumers_register.sql"), cancellation, definition.Sync.Id, peers, definition.ReplicatedTables().Select(t => t.Id).ToArray());
        await transaction.CommitAsync(cancellation);
    }

    async Task<int> EnsureTableAsync(SyncDefinition definition, Table table, TableShape shape, bool isSource, List<string> changes, CancellationToken cancellation)
    {
        // A key that may be NULL could not be logged, and the application's statement would fail with the trigger.
        if (shape.FindKey(table.KeyColumns) is not { NotNull: true })
        {
            throw new BucardoException("KeyMissing", ErrorKind.InvalidOperation,
                $"Table {table.FullName} on database {_node.Name} has no unique index over ({string.Join(", ", table.KeyColumns)}), the key by which it is replicated, or a column of it may be NULL: make it a primary key there.");
        }
        var keyTypes = table.KeyColumns.Select(k => shape.Find(k)!.BaseType).ToArray();
        await using var transaction = await _connection.BeginTransactionAsync(cancellation);
        await _connection.ExecuteAsync($"SET LOCAL lock_timeout = {(long)_options.LockTimeout.TotalMilliseconds}", cancellation);

        var state = await ReadStateAsync(shape.Oid, cancellation);
        var isOther = state is not null && !state.Keys.SequenceEqual(table.KeyColumns);
        if (isOther) await DropChangesAsync(state!.Id, shape, cancellation);
        if (state is { HasChanges: true } && !isOther && !state.KeyTypes.SequenceEqual(keyTypes))
        {
            var sql = new CaptureSql(shape, table.KeyColumns, state.Id, []);
            await _connection.ExecuteAsync(sql.AlterChangeKeys(), cancellation);
            if (state.HasMerge) await _connection.ExecuteAsync(sql.AlterMergeKeys(), cancellation);
            await _connection.ExecuteAsync("UPDATE bucardo_node.captured SET key_types = $2 WHERE id = $1", cancellation, state.Id, keyTypes);
            changes.Add($"key types of {table.FullName}");
        }
        else if (state is not { HasChanges: true, HasView: true } || isOther)
        {
            await using var add = _connection.Command(SqlText.Load("Capture/Sql/captured_add.sql"), NodeConnection.Oid(shape.Oid), table.KeyColumns.ToArray(), keyTypes);
            var id = (int)(await add.ExecuteScalarAsync(cancellation))!;
            await _connection.ExecuteAsync(new CaptureSql(shape, table.KeyColumns, id, []).CreateChangeTable(), cancellation);
            changes.Add($"change table of {table.FullName}");
            state = await ReadStateAsync(shape.Oid, cancellation);
        }
        await _connection.ExecuteAsync(
            "INSERT INTO bucardo_node.replicates (sync, captured, source, autokick, merge_columns, counters, filled) SELECT $1, $2, $3, $4, $5, $6, round > 0 FROM bucardo_node.sync WHERE id = $1 "
            + "ON CONFLICT (sync, captured) DO UPDATE SET source = $3, autokick = $4, merge_columns = $5, counters = $6",
            cancellation, definition.Sync.Id, state!.Id, isSource, table.AutoKick ?? definition.Sync.AutoKick, table.MergeColumns, table.Counters.ToArray());
        state = (await ReadStateAsync(shape.Oid, cancellation))!;
        if (!state.Source && state.Body is not null)
        {
            // It was a source once. CASCADE, because only the table's owner could drop the triggers themselves.
            await _connection.ExecuteAsync($"DROP FUNCTION IF EXISTS bucardo_node.capture_{state.Id}(), bucardo_node.capture_leaf_{state.Id}() CASCADE", cancellation);
            changes.Add($"triggers of {table.FullName} removed");
        }
        var capture = new CaptureSql(shape, table.KeyColumns, state.Id, state.Kicks, state.Merge, _node.Id, _options);
        if (state.Merge.Any && !state.HasMerge)
        {
            await _connection.ExecuteAsync(capture.CreateMergeTable(), cancellation);
            changes.Add($"merge table of {table.FullName}");
        }
        if (state.Source) await EnsureTriggersAsync(capture, table, shape, state, changes, cancellation);
        if (!state.Merge.Any && state.HasMerge)
        {
            // After the function that wrote it has been replaced: whoever waits for the table's lock finds the new one.
            await _connection.ExecuteAsync($"DROP TABLE bucardo_node.{CaptureSql.MergeTable(state.Id)}", cancellation);
            changes.Add($"merge table of {table.FullName} removed");
        }
        await transaction.CommitAsync(cancellation);
        return state.Id;
    }

    async Task EnsureTriggersAsync(CaptureSql sql, Table table, TableShape shape, State state, List<string> changes, CancellationToken cancellation)
    {
        if (state.Triggers.Except(sql.Triggers().Select(t => t.Name)).Any())
        {
            // It has become a partition or an heir, or is one no more; or it merges rows now, or no more. CASCADE, because only the table's owner could drop the triggers themselves.
            await _connection.ExecuteAsync($"DROP FUNCTION bucardo_node.{sql.Function}() CASCADE", cancellation);
            state = state with { Body = null, Triggers = [] };
        }
        if (state.Body != sql.Body(sql.CreateFunction()))
        {
            await _connection.ExecuteAsync(sql.CreateFunction(), cancellation);
            changes.Add($"capture function of {table.FullName}");
        }
        if (shape.IsPartitioned && state.LeafBody != sql.Body(sql.CreateLeafFunction()))
        {
            await _connection.ExecuteAsync(sql.CreateLeafFunction(), cancellation);
            changes.Add($"capture function for partitions of {table.FullName}");
        }
        if (shape.IsPartitioned) await GrantToOwnerAsync(sql, shape, changes, cancellation);
        foreach (var (name, create) in sql.Triggers())
        {
            if (state.Triggers.Contains(name)) continue;
            // Replacing a trigger enables it too, which only the table's owner could do otherwise.
            await _connection.ExecuteAsync(create, cancellation);
            changes.Add($"trigger {name} of {table.FullName}");
        }
        foreach (var leaf in state.BareLeaves)
        {
            await _connection.ExecuteAsync(sql.CreateLeafTrigger(leaf), cancellation);
            changes.Add($"trigger {CaptureSql.LeafTrigger} of {leaf}");
        }
    }

    // A new partition gets the row trigger of its table from PostgreSQL, which asks for this right of whoever adds the partition. Without rights on the schema,
    // nobody can name the function in a trigger of their own.
    async Task GrantToOwnerAsync(CaptureSql sql, TableShape shape, List<string> changes, CancellationToken cancellation)
    {
        await using var command = _connection.Command(SqlText.Load("Capture/Sql/table_owner.sql"), NodeConnection.Oid(shape.Oid), $"bucardo_node.{sql.Function}()");
        if (await command.ExecuteScalarAsync(cancellation) is not string owner) return;
        await _connection.ExecuteAsync($"GRANT EXECUTE ON FUNCTION bucardo_node.{sql.Function}() TO {Quote.Identifier(owner)}", cancellation);
        changes.Add($"right of {owner} to add partitions to {shape.FullName}");
    }

    async Task<State?> ReadStateAsync(uint oid, CancellationToken cancellation)
    {
        await using var command = _connection.Command(SqlText.Load("Capture/Sql/capture_state.sql"), NodeConnection.Oids([oid]));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) return null;
        return new State(
            reader.GetInt32(1), reader.GetFieldValue<string[]>(2), reader.GetFieldValue<string[]>(3),
            await reader.IsDBNullAsync(4, cancellation) ? null : reader.GetString(4), await reader.IsDBNullAsync(5, cancellation) ? null : reader.GetString(5),
            reader.GetBoolean(6), reader.GetFieldValue<string[]>(7), reader.GetFieldValue<string[]>(8), reader.GetFieldValue<string[]>(9), reader.GetBoolean(10),
            reader.GetBoolean(11), new MergeSettings(reader.GetBoolean(12), reader.GetFieldValue<string[]>(13)), reader.GetBoolean(14));
    }

    async Task<IReadOnlyList<string>> RemoveUnusedAsync(CancellationToken cancellation)
    {
        var unused = new List<(int Id, string? Schema, string? Name)>();
        await using (var command = _connection.Command(SqlText.Load("Capture/Sql/captured_unused.sql")))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var dropped = await reader.IsDBNullAsync(2, cancellation);
                unused.Add((reader.GetInt32(0), dropped ? null : reader.GetString(1), dropped ? null : reader.GetString(2)));
            }
        }
        foreach (var (id, schema, name) in unused)
        {
            await RetryOnLockAsync($"{schema}.{name}", async token =>
            {
                await using var transaction = await _connection.BeginTransactionAsync(token);
                await _connection.ExecuteAsync($"SET LOCAL lock_timeout = {(long)_options.LockTimeout.TotalMilliseconds}", token);
                await DropChangesAsync(id, null, token);
                await _connection.ExecuteAsync("DELETE FROM bucardo_node.captured WHERE id = $1", token, id);
                await transaction.CommitAsync(token);
                return 0;
            }, cancellation);
        }
        return [.. unused.Select(u => $"capture of {u.Schema}.{u.Name}")];
    }

    // CASCADE takes the triggers along: nothing else can depend on these functions.
    async Task DropChangesAsync(int id, TableShape? shape, CancellationToken cancellation)
    {
        await _connection.ExecuteAsync($"DROP FUNCTION IF EXISTS bucardo_node.capture_{id}(), bucardo_node.capture_leaf_{id}() CASCADE", cancellation);
        await _connection.ExecuteAsync(
            $"DROP VIEW IF EXISTS bucardo_node.{CaptureSql.ChangesView(id)}; DROP TABLE IF EXISTS bucardo_node.{CaptureSql.ChangeTable(id)}, bucardo_node.{CaptureSql.BulkTable(id)}, bucardo_node.{CaptureSql.MergeTable(id)}", cancellation);
        if (shape is not null) await _connection.ExecuteAsync("DELETE FROM bucardo_node.truncation WHERE captured = $1", cancellation, id);
    }

    Task<int> RetryOnLockAsync(Table table, Func<CancellationToken, Task<int>> install, CancellationToken cancellation) =>
        RetryOnLockAsync(table.FullName, install, cancellation);

    async Task<int> RetryOnLockAsync(string table, Func<CancellationToken, Task<int>> install, CancellationToken cancellation)
    {
        var retry = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<PostgresException>(e => e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected),
            MaxRetryAttempts = _options.LockAttempts,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(5),
        }).Build();
        try
        {
            return await retry.ExecuteAsync(async token => await install(token), cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new BucardoException("TableBusy", ErrorKind.Timeout,
                $"Table {table} on database {_node.Name} stayed locked through {_options.LockAttempts} attempts of {_options.LockTimeout.TotalSeconds:0.#} s: look for a long transaction in pg_stat_activity and try again.", e);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new BucardoException("PrivilegeMissing", ErrorKind.Permission,
                $"The role on database {_node.Name} may not install capture for table {table}: {e.MessageText} (it needs TRIGGER on the table and CREATE on the database).", e);
        }
    }

    sealed record State(int Id, string[] Keys, string[] KeyTypes, string? Body, string? LeafBody, bool HasChanges, string[] Triggers, string[] BareLeaves, string[] Kicks, bool Source,
        bool HasMerge, MergeSettings Merge, bool HasView);
}
