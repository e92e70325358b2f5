using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Syncs: <c>bucardo.sync</c>. What activating or pausing means for nodes and daemons is not its business.</summary>
public sealed class SyncCatalog
{
    readonly ControlContext _context;
    readonly TableCatalog _tables;

    internal SyncCatalog(ControlContext context, TableCatalog tables) => (_context, _tables) = (context, tables);

    /// <summary>Makes a sync, and with it a herd and a database group of its name when tables or databases are given instead of existing
    /// ones.</summary>
    /// <exception cref="BucardoException">
    /// InvalidName, SyncExists, HerdNotFound, HerdExists, GroupNotFound, GroupExists, DatabaseNotFound, TableNotFound, TableWithoutKey,
    /// SyncWithoutSource,
    /// SyncWithoutTables, InvalidStrategy, InvalidValue, or a connection failure when tables have to be read from the first source.
    /// </exception>
    public Task<Sync> AddAsync(NewSync sync, CancellationToken cancellation) =>
        new SyncCreation(_context, _tables, sync).RunAsync(cancellation);

    /// <summary>Syncs whose names match (wildcards * % ?), by name; null: all.</summary>
    public Task<IReadOnlyList<Sync>> ListAsync(string? pattern = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<Sync>>(async c =>
            await Query.ListAsync(c, "sync_list", Rows.Sync, cancellation, Names.Like(pattern), false), cancellation);

    /// <summary>One sync.</summary>
    /// <exception cref="BucardoException">SyncNotFound.</exception>
    public Task<Sync> GetAsync(string name, CancellationToken cancellation) =>
        _context.ReadAsync(c => FindAsync(c, name, cancellation), cancellation);

    /// <summary>Changes a sync.</summary>
    /// <exception cref="BucardoException">SyncNotFound, SyncExists, SyncActive (renaming), InvalidName, HerdNotFound, GroupNotFound,
    /// SyncWithoutSource, InvalidStrategy, InvalidValue.</exception>
    public Task<Sync> UpdateAsync(string name, SyncChange change, CancellationToken cancellation)
    {
        if (change.NewName is { } wanted) Names.CheckSync(wanted);
        CheckValues(change.CheckTime, change.MaximumChanges);
        return _context.WriteAsync(async connection =>
        {
            var old = await LockAsync(connection, name, cancellation);
            if (change.NewName is { } target && target != name)
            {
                if (old.Status == SyncStatus.Active)
                    throw new BucardoException("SyncActive", ErrorKind.InvalidOperation,
                        $"Sync '{name}' is active and cannot be renamed: daemons listen for its name; stop it first (Stop-BucardoSync).");
                await RefuseExistingAsync(connection, target, cancellation);
            }
            if (change.Herd is { } herd) await HerdCatalog.FindAsync(connection, herd, cancellation);
            if (change.DatabaseGroup is { } group) RefuseWithoutSource(name,
                await DatabaseGroupCatalog.FindAsync(connection, group, cancellation));
            if (change.ConflictStrategy is { } strategy) await Strategies.CheckAsync(connection, strategy, cancellation);
            await Query.ExecuteAsync(connection, "sync_update", cancellation, name, change.NewName, change.Herd, change.DatabaseGroup,
                change.AutoKick,
                change.CheckTime?.TotalSeconds, change.ConflictStrategy, change.MaximumChanges is { } maximum ? (long)maximum : null);
            return await FindAsync(connection, change.NewName ?? name, cancellation);
        }, removing: false, cancellation);
    }

    /// <summary>Removes a sync; herd, group and history stay. What is installed on the nodes is not touched.</summary>
    /// <exception cref="BucardoException">SyncNotFound.</exception>
    public Task RemoveAsync(string name, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        await LockAsync(connection, name, cancellation);
        return await Query.ExecuteAsync(connection, "sync_delete", cancellation, name);
    }, removing: true, cancellation);

    /// <summary>Sets the status in the control database, and nothing else.</summary>
    /// <exception cref="BucardoException">SyncNotFound.</exception>
    public Task<Sync> SetStatusAsync(string name, SyncStatus status, CancellationToken cancellation) =>
        _context.WriteAsync(async connection =>
    {
        await Query.ExecuteAsync(connection, "sync_status", cancellation, name, Rows.Word(status));
        return await FindAsync(connection, name, cancellation);
    }, removing: false, cancellation);

    /// <summary>Pauses a sync, noting why, or resumes it.</summary>
    /// <exception cref="BucardoException">SyncNotFound.</exception>
    public Task<Sync> SetPausedAsync(string name, bool paused, string? reason, CancellationToken cancellation) =>
        _context.WriteAsync(async connection =>
    {
        await Query.ExecuteAsync(connection, "sync_pause", cancellation, name, paused, paused ? reason : null);
        return await FindAsync(connection, name, cancellation);
    }, removing: false, cancellation);

    /// <summary>All that a round needs to know of one sync, in one snapshot, whatever its status.</summary>
    /// <exception cref="BucardoException">SyncNotFound.</exception>
    public Task<SyncDefinition> LoadDefinitionAsync(string name, CancellationToken cancellation) => _context.ReadAsync(async connection =>
    {
        var sync = await FindAsync(connection, name, cancellation);
        return (await SyncDefinitionLoader.LoadAsync(connection, [sync], _context.Vault, cancellation))[0];
    }, cancellation);

    /// <summary>The definitions of all active syncs, in one snapshot.</summary>
    public Task<IReadOnlyList<SyncDefinition>> LoadDefinitionsAsync(CancellationToken cancellation) =>
        _context.ReadAsync(async connection =>
    {
        var syncs = await Query.ListAsync(connection, "sync_list", Rows.Sync, cancellation, null, true);
        return await SyncDefinitionLoader.LoadAsync(connection, syncs, _context.Vault, cancellation);
    }, cancellation);

    internal static async Task<Sync> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        await Query.ListAsync(connection, "sync_list", Rows.Sync, cancellation, Names.Exact(name), false) is [var one] ? one
            : throw Names.NotFound("SyncNotFound", "sync", name, await SyncNamesAsync(connection, cancellation),
                "make it with New-BucardoSync");

    internal static async Task RefuseExistingAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        if ((await SyncNamesAsync(connection, cancellation)).Contains(name))
            throw new BucardoException("SyncExists", ErrorKind.AlreadyExists,
                $"Sync '{name}' exists already in the control database; choose another name, or change it with Set-BucardoSync.");
    }

    internal static void RefuseWithoutSource(string sync, DatabaseGroup group)
    {
        if (group.Members.All(m => m.Role != DatabaseRole.Source))
            throw new BucardoException("SyncWithoutSource", ErrorKind.InvalidOperation,
                $"Sync '{sync}' would have no source: no member of database group '{group.Name}' has the role source; give it one with " +
                $"Set-BucardoDatabaseGroup.");
    }

    internal static void CheckValues(TimeSpan? checkTime, int? maximumChanges)
    {
        if (checkTime < TimeSpan.Zero) throw new BucardoException("InvalidValue", ErrorKind.InvalidArgument,
            "The check time of a sync cannot be negative.");
        if (maximumChanges < 1) throw new BucardoException("InvalidValue", ErrorKind.InvalidArgument,
            "The maximum number of changes of a step must be 1 or more.");
    }

    internal static Task<List<string>> SyncNamesAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Query.ListAsync(connection, "sync_names", r => r.GetString(0), cancellation);

    static async Task<Sync> LockAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await Query.ValueAsync<string>(connection, "sync_lock", cancellation, name);
        return await FindAsync(connection, name, cancellation);
    }
}
