using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Herds of tables and sequences (relation groups): <c>bucardo.herd</c> and <c>bucardo.herdmap</c>.</summary>
public sealed class HerdCatalog
{
    readonly ControlContext _context;

    internal HerdCatalog(ControlContext context) => _context = context;

    /// <summary>Makes a herd of registered tables.</summary>
    /// <param name="name">The herd's name.</param>
    /// <param name="about">A note for people.</param>
    /// <param name="tables">Identifiers of the tables, all of one database; may be empty.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="BucardoException">InvalidName, HerdExists, TableNotFound, HerdMixedDatabases.</exception>
    public Task<Herd> AddAsync(string name, string? about, IReadOnlyList<int> tables, CancellationToken cancellation)
    {
        Names.Check(name, "herd");
        return _context.WriteAsync(async connection =>
        {
            await CreateAsync(connection, name, about, tables, cancellation);
            return await FindAsync(connection, name, cancellation);
        }, removing: false, cancellation);
    }

    /// <summary>Herds whose names match (wildcards * % ?), by name; null: all.</summary>
    public Task<IReadOnlyList<Herd>> ListAsync(string? pattern = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<Herd>>(async c => await LoadAsync(c, Names.Like(pattern), cancellation), cancellation);

    /// <summary>One herd.</summary>
    /// <exception cref="BucardoException">HerdNotFound.</exception>
    public Task<Herd> GetAsync(string name, CancellationToken cancellation) =>
        _context.ReadAsync(c => FindAsync(c, name, cancellation), cancellation);

    /// <summary>Changes a herd.</summary>
    /// <exception cref="BucardoException">HerdNotFound, HerdExists, InvalidName, TableNotFound, HerdMixedDatabases.</exception>
    public Task<Herd> UpdateAsync(string name, HerdChange change, CancellationToken cancellation)
    {
        if (change.NewName is { } wanted) Names.Check(wanted, "herd");
        return _context.WriteAsync(async connection =>
        {
            await LockAsync(connection, name, cancellation);
            var target = change.NewName ?? name;
            if (target != name) await RefuseExistingAsync(connection, target, cancellation);
            await Query.ExecuteAsync(connection, "herd_update", cancellation, name, target, change.About);
            if (change.Remove.Count > 0) await Query.ExecuteAsync(connection, "herd_remove", cancellation, target, change.Remove.ToArray());
            await PutAsync(connection, target, change.Add, cancellation);
            foreach (var (table, priority) in change.Priorities ?? new Dictionary<int, int>())
            {
                if (await Query.ExecuteAsync(connection, "herd_priority", cancellation, target, table,
                    priority) == 0) throw TableCatalog.NotFound(table);
            }
            return await FindAsync(connection, target, cancellation);
        }, removing: false, cancellation);
    }

    /// <summary>Takes tables out of a herd; they stay registered.</summary>
    /// <exception cref="BucardoException">HerdNotFound, MemberNotFound.</exception>
    public Task<Herd> RemoveMembersAsync(string name, IReadOnlyList<int> tables, CancellationToken cancellation) =>
        _context.WriteAsync(async connection =>
        {
            await LockAsync(connection, name, cancellation);
            var herd = await FindAsync(connection, name, cancellation);
            if (tables.FirstOrDefault(id => herd.Tables.All(t => t.Id != id)) is > 0 and var missing)
            {
                var table = (await TableCatalog.LoadAsync(connection, new TableFilter { Ids = [missing] }, cancellation)).FirstOrDefault() ?? throw TableCatalog.NotFound(missing);
                throw new BucardoException("MemberNotFound", ErrorKind.NotFound,
                    $"Table '{table.FullName}' of database '{table.Database}' is not in herd '{name}'; Get-BucardoTable -Herd {name} shows what is.");
            }
            await Query.ExecuteAsync(connection, "herd_remove", cancellation, name, tables.ToArray());
            return await FindAsync(connection, name, cancellation);
        }, removing: false, cancellation);

    /// <summary>Removes a herd; its tables stay registered. By force the syncs that use it are removed, too.</summary>
    /// <exception cref="BucardoException">HerdNotFound, HerdInUse.</exception>
    public Task RemoveAsync(string name, bool force, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        await LockAsync(connection, name, cancellation);
        var syncs = await Query.ListAsync(connection, "herd_syncs", r => r.GetString(0), cancellation, name);
        if (syncs.Count > 0 && !force)
            throw new BucardoException("HerdInUse", ErrorKind.InvalidOperation,
                $"Herd '{name}' is used by the syncs {Names.List(syncs)}; remove them first, or remove the herd by force, and them " +
                $"with it.");
        foreach (var sync in syncs) await Query.ExecuteAsync(connection, "sync_delete", cancellation, sync);
        return await Query.ExecuteAsync(connection, "herd_delete", cancellation, name);
    }, removing: true, cancellation);

    internal static async Task CreateAsync(NpgsqlConnection connection, string name, string? about, IReadOnlyList<int> tables,
        CancellationToken cancellation)
    {
        await RefuseExistingAsync(connection, name, cancellation);
        await Query.ExecuteAsync(connection, "herd_insert", cancellation, name, about);
        await PutAsync(connection, name, tables, cancellation);
    }

    internal static async Task<Herd> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        await LoadAsync(connection, Names.Exact(name), cancellation) is [var one]
            ? one : throw await NotFoundAsync(connection, name, cancellation);

    static async Task<List<Herd>> LoadAsync(NpgsqlConnection connection, string? like, CancellationToken cancellation)
    {
        var herds = await Query.ListAsync(connection, "herd_list",
            r => (Herd: new Herd { Name = r.Get<string>("name"), About = r.Text("about"), Created = r.Get<DateTimeOffset>("cdate") },
                Tables: r.Get<int[]>("goats")), cancellation, like);
        var ids = herds.SelectMany(h => h.Tables).Distinct().ToArray();
        var tables = ids.Length == 0 ? []
            : (await TableCatalog.LoadAsync(connection, new TableFilter { Ids = ids }, cancellation)).ToDictionary(t => t.Id);
        return [.. herds.Select(h => h.Herd with { Tables = [.. h.Tables.Select(id => tables[id])] })];
    }

    static async Task PutAsync(NpgsqlConnection connection, string herd, IReadOnlyList<int> tables, CancellationToken cancellation)
    {
        if (tables.Count == 0) return;
        var known = (await TableCatalog.LoadAsync(connection, new TableFilter { Ids = tables }, cancellation)).Select(t =>
            t.Id).ToHashSet();
        foreach (var id in tables.Where(id => !known.Contains(id))) throw TableCatalog.NotFound(id);
        await Query.ExecuteAsync(connection, "herd_add", cancellation, herd, tables.Distinct().ToArray(), 0);
    }

    static async Task LockAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        if (await Query.ValueAsync<string>(connection, "herd_lock", cancellation, name) is null)
            throw await NotFoundAsync(connection, name, cancellation);
    }

    static async Task RefuseExistingAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        if ((await HerdNamesAsync(connection, cancellation)).Contains(name))
            throw new BucardoException("HerdExists", ErrorKind.AlreadyExists,
                $"Herd '{name}' exists already in the control database; choose another name, or change it with Set-BucardoHerd.");
    }

    static async Task<BucardoException> NotFoundAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        Names.NotFound("HerdNotFound", "herd", name, await HerdNamesAsync(connection, cancellation), "make it with New-BucardoHerd");

    static Task<List<string>> HerdNamesAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Query.ListAsync(connection, "herd_names", r => r.GetString(0), cancellation);
}
