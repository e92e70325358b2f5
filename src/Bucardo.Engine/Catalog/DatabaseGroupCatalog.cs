using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Groups of databases, with roles: <c>bucardo.dbgroup</c> and <c>bucardo.dbmap</c>.</summary>
public sealed class DatabaseGroupCatalog
{
    readonly ControlContext _context;

    internal DatabaseGroupCatalog(ControlContext context) => _context = context;

    /// <summary>Makes a group.</summary>
    /// <exception cref="BucardoException">InvalidName, GroupExists, DatabaseNotFound, InvalidArgument for a database that is named
    /// twice.</exception>
    public Task<DatabaseGroup> AddAsync(string name, IReadOnlyList<DatabaseGroupMember> members, string? about,
        CancellationToken cancellation)
    {
        Names.Check(name, "database group");
        return _context.WriteAsync(async connection =>
        {
            await CreateAsync(connection, name, members, about, cancellation);
            return await FindAsync(connection, name, cancellation);
        }, removing: false, cancellation);
    }

    /// <summary>Groups whose names match (wildcards * % ?), by name; null: all.</summary>
    public Task<IReadOnlyList<DatabaseGroup>> ListAsync(string? pattern = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<DatabaseGroup>>(async c =>
            await Query.ListAsync(c, "group_list", Rows.Group, cancellation, Names.Like(pattern)), cancellation);

    /// <summary>One group.</summary>
    /// <exception cref="BucardoException">GroupNotFound.</exception>
    public Task<DatabaseGroup> GetAsync(string name, CancellationToken cancellation) =>
        _context.ReadAsync(c => FindAsync(c, name, cancellation), cancellation);

    /// <summary>Changes a group.</summary>
    /// <exception cref="BucardoException">GroupNotFound, GroupExists, InvalidName, DatabaseNotFound, SyncWithoutSource.</exception>
    public Task<DatabaseGroup> UpdateAsync(string name, DatabaseGroupChange change, CancellationToken cancellation)
    {
        if (change.NewName is { } wanted) Names.Check(wanted, "database group");
        return _context.WriteAsync(async connection =>
        {
            await LockAsync(connection, name, cancellation);
            var target = change.NewName ?? name;
            if (target != name) await RefuseExistingAsync(connection, target, cancellation);
            await Query.ExecuteAsync(connection, "group_update", cancellation, name, target, change.About);
            if (change.Members is { } all)
            {
                await Query.ExecuteAsync(connection, "group_keep_members", cancellation, target, all.Select(m => m.Database).ToArray());
                await PutAsync(connection, target, all, cancellation);
            }
            else
            {
                var removed = await Query.ExecuteAsync(connection, "group_remove_members", cancellation, target, change.Remove.ToArray());
                if (removed < change.Remove.Distinct().Count())
                {
                    var known = await DatabaseCatalog.NamesAsync(connection, cancellation);
                    if (change.Remove.FirstOrDefault(r => !known.Contains(r)) is { } missing) throw await DatabaseCatalog.NotFoundAsync(
                        connection, missing, cancellation);
                }
                await PutAsync(connection, target, change.Add, cancellation);
            }
            return await FindAsync(connection, target, cancellation);
        }, removing: false, cancellation);
    }

    /// <summary>Puts databases into a group.</summary>
    /// <exception cref="BucardoException">GroupNotFound, DatabaseNotFound, MemberExists.</exception>
    public Task<DatabaseGroup> AddMembersAsync(string name, IReadOnlyList<DatabaseGroupMember> members, CancellationToken cancellation) =>
        ChangeMembersAsync(name, async (connection, group) =>
        {
            if (members.FirstOrDefault(m => group.Members.Any(g => g.Database == m.Database)) is { } known)
                throw new BucardoException("MemberExists", ErrorKind.AlreadyExists,
                    $"Database '{known.Database}' is in database group '{name}' already; change its role or priority with Set-BucardoDatabaseGroupMember.");
            await PutAsync(connection, name, members, cancellation);
        }, cancellation);

    /// <summary>Changes the role or the priority of databases in a group; what is null stays.</summary>
    /// <exception cref="BucardoException">GroupNotFound, MemberNotFound, SyncWithoutSource.</exception>
    public Task<DatabaseGroup> SetMembersAsync(string name, IReadOnlyList<string> databases, DatabaseRole? role, int? priority, CancellationToken cancellation) =>
        ChangeMembersAsync(name, (connection, group) =>
        {
            var members = databases.Select(d => Member(group, d)).Select(m => m with { Role = role ?? m.Role, Priority = priority ?? m.Priority });
            return PutAsync(connection, name, [.. members], cancellation);
        }, cancellation);

    /// <summary>Takes databases out of a group; they stay registered.</summary>
    /// <exception cref="BucardoException">GroupNotFound, MemberNotFound, SyncWithoutSource.</exception>
    public Task<DatabaseGroup> RemoveMembersAsync(string name, IReadOnlyList<string> databases, CancellationToken cancellation) =>
        ChangeMembersAsync(name, (connection, group) => Query.ExecuteAsync(connection, "group_remove_members", cancellation, name,
            databases.Select(d => Member(group, d).Database).ToArray()), cancellation);

    /// <summary>Removes a group; its databases stay. By force the syncs that use it are removed, too.</summary>
    /// <exception cref="BucardoException">GroupNotFound, GroupInUse.</exception>
    public Task RemoveAsync(string name, bool force, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        await LockAsync(connection, name, cancellation);
        var syncs = await Query.ListAsync(connection, "group_syncs", r => r.GetString(0), cancellation, name);
        if (syncs.Count > 0 && !force)
            throw new BucardoException("GroupInUse", ErrorKind.InvalidOperation,
                $"Database group '{name}' is used by the syncs {Names.List(syncs)}; remove them first, or remove the group by force, " +
                $"and them with it.");
        foreach (var sync in syncs) await Query.ExecuteAsync(connection, "sync_delete", cancellation, sync);
        return await Query.ExecuteAsync(connection, "group_delete", cancellation, name);
    }, removing: true, cancellation);

    Task<DatabaseGroup> ChangeMembersAsync(string name, Func<NpgsqlConnection, DatabaseGroup, Task> change, CancellationToken cancellation) =>
        _context.WriteAsync(async connection =>
        {
            await LockAsync(connection, name, cancellation);
            await change(connection, await FindAsync(connection, name, cancellation));
            return await FindAsync(connection, name, cancellation);
        }, removing: false, cancellation);

    static DatabaseGroupMember Member(DatabaseGroup group, string database) =>
        group.Members.FirstOrDefault(m => m.Database == database)
        ?? throw Names.NotFound("MemberNotFound", $"member of database group '{group.Name}' of the name", database, group.Members.Select(m => m.Database),
            "put it in with Add-BucardoDatabaseGroupMember");

    internal static async Task CreateAsync(NpgsqlConnection connection, string name, IReadOnlyList<DatabaseGroupMember> members,
        string? about, CancellationToken cancellation)
    {
        await RefuseExistingAsync(connection, name, cancellation);
        await Query.ExecuteAsync(connection, "group_insert", cancellation, name, about);
        await PutAsync(connection, name, members, cancellation);
    }

    internal static async Task<DatabaseGroup> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        await Query.ListAsync(connection, "group_list", Rows.Group, cancellation, Names.Exact(name)) is [var one]
            ? one : throw await NotFoundAsync(connection, name, cancellation);

    internal static async Task PutAsync(NpgsqlConnection connection, string group, IReadOnlyList<DatabaseGroupMember> members,
        CancellationToken cancellation)
    {
        if (members.Count == 0) return;
        if (members.GroupBy(m => m.Database).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new BucardoException("DatabaseTwice", ErrorKind.InvalidArgument,
                $"Database '{twice.Key}' is named twice for database group '{group}'; a source receives the other sources' changes " +
                $"anyway, so name it once.");
        var known = await DatabaseCatalog.NamesAsync(connection, cancellation);
        foreach (var member in members)
        {
            if (!known.Contains(member.Database)) throw await DatabaseCatalog.NotFoundAsync(connection, member.Database, cancellation);
            await Query.ExecuteAsync(connection, "group_member", cancellation, group, member.Database, Rows.Word(member.Role),
                member.Priority);
        }
    }

    static async Task LockAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        if (await Query.ValueAsync<string>(connection, "group_lock", cancellation, name) is null)
            throw await NotFoundAsync(connection, name, cancellation);
    }

    static async Task RefuseExistingAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        if ((await GroupNamesAsync(connection, cancellation)).Contains(name))
            throw new BucardoException("GroupExists", ErrorKind.AlreadyExists,
                $"Database group '{name}' exists already in the control database; choose another name, or change it with " +
                $"Set-BucardoDatabaseGroup.");
    }

    static async Task<BucardoException> NotFoundAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        Names.NotFound("GroupNotFound", "database group", name, await GroupNamesAsync(connection, cancellation),
            "make it with New-BucardoDatabaseGroup");

    static Task<List<string>> GroupNamesAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Query.ListAsync(connection, "group_names", r => r.GetString(0), cancellation);
}
