using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Makes a sync, with a herd and a group of its own where needed: all in one transaction of the control database.</summary>
sealed class SyncCreation
{
    readonly ControlContext _context;
    readonly TableCatalog _tables;
    readonly NewSync _sync;

    public SyncCreation(ControlContext context, TableCatalog tables, NewSync sync) => (_context, _tables, _sync) = (context, tables, sync);

    public async Task<Sync> RunAsync(CancellationToken cancellation)
    {
        CheckRequest();
        // The node is read before the transaction begins: it may be slow, and nothing may be locked meanwhile.
        var first = await _context.ReadAsync(c => PrecheckAsync(c, cancellation), cancellation);
        var selection = new TableSelection { Database = first, Patterns = _sync.Tables };
        var relations = _sync.Tables.Count == 0 ? [] : (await _tables.ReadNodeAsync(selection, cancellation)).Relations;
        return await _context.WriteAsync(async connection =>
        {
            await SyncCatalog.RefuseExistingAsync(connection, _sync.Name, cancellation);
            var herd = _sync.Herd ?? await MakeHerdAsync(connection, first!, relations, selection, cancellation);
            var group = _sync.DatabaseGroup ?? await MakeGroupAsync(connection, cancellation);
            var seconds = _sync.CheckTime is { } time && time > TimeSpan.Zero ? time.TotalSeconds : (double?)null;
            await Query.ExecuteAsync(connection, "sync_insert", cancellation, _sync.Name, herd, group, Rows.Word(_sync.Status),
                _sync.AutoKick, seconds, _sync.ConflictStrategy, (long)_sync.MaximumChanges);
            return await SyncCatalog.FindAsync(connection, _sync.Name, cancellation);
        }, removing: false, cancellation);
    }

    void CheckRequest()
    {
        Names.CheckSync(_sync.Name);
        SyncCatalog.CheckValues(_sync.CheckTime, _sync.MaximumChanges);
        if (_sync.Herd is not null && _sync.Tables.Count > 0) throw Ambiguous("herd", "tables");
        if (_sync.Herd is null && _sync.Tables.Count == 0)
            throw new BucardoException("SyncWithoutTables", ErrorKind.InvalidArgument,
                $"Sync '{_sync.Name}' has nothing to replicate: name a herd, or tables.");
        if (_sync.DatabaseGroup is not null && (_sync.Sources.Count > 0 || _sync.Targets.Count > 0)) throw Ambiguous("database group",
            "sources and targets");
        if (_sync.DatabaseGroup is null && _sync.Sources.Count == 0)
            throw new BucardoException("SyncWithoutSource", ErrorKind.InvalidArgument,
                $"Sync '{_sync.Name}' has no source: name a database group, or at least one database as source.");
    }

    BucardoException Ambiguous(string one, string other) =>
        new("InvalidArgument", ErrorKind.InvalidArgument, $"Sync '{_sync.Name}' is given both a {one} and {other}; give one of the two.");

    // Everything that can be said before the node is asked. Returns the database that tables are read from.
    async Task<string?> PrecheckAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await SyncCatalog.RefuseExistingAsync(connection, _sync.Name, cancellation);
        if (_sync.Herd is { } herd) await HerdCatalog.FindAsync(connection, herd, cancellation);
        if (_sync.ConflictStrategy is { } strategy) await Strategies.CheckAsync(connection, strategy, cancellation);
        if (_sync.DatabaseGroup is { } name)
        {
            var group = await DatabaseGroupCatalog.FindAsync(connection, name, cancellation);
            SyncCatalog.RefuseWithoutSource(_sync.Name, group);
            return group.Members.First(m => m.Role == DatabaseRole.Source).Database;
        }
        var known = await DatabaseCatalog.NamesAsync(connection, cancellation);
        if (_sync.Sources.Concat(_sync.Targets).FirstOrDefault(d => !known.Contains(d)) is { } missing)
            throw await DatabaseCatalog.NotFoundAsync(connection, missing, cancellation);
        return _sync.Sources[0];
    }

    async Task<string> MakeHerdAsync(NpgsqlConnection connection, string database, List<NodeRelation> relations, TableSelection selection,
        CancellationToken cancellation)
    {
        var addition = await TableRegistration.RegisterAsync(connection, database, relations, selection, refuseKnown: false, cancellation);
        // A table that is left out unseen is a table that people believe to be replicated.
        if (addition.Skipped.Count > 0)
            throw new BucardoException("TableWithoutKey", ErrorKind.Validation,
                string.Join(" ", addition.Skipped.Select(p => p.Message))) { Problems = addition.Skipped };
        await HerdCatalog.CreateAsync(connection, _sync.Name, null, [.. addition.Added.Concat(addition.Known).Select(t => t.Id)],
            cancellation);
        return _sync.Name;
    }

    async Task<string> MakeGroupAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The order of the sources is their preference, which a group expresses as priority.
        var members = _sync.Sources.Select((d, i) =>
            new DatabaseGroupMember { Database = d, Role = DatabaseRole.Source, Priority = _sync.Sources.Count - i })
            .Concat(_sync.Targets.Select(d => new DatabaseGroupMember { Database = d, Role = DatabaseRole.Target })).ToList();
        await DatabaseGroupCatalog.CreateAsync(connection, _sync.Name, members, null, cancellation);
        return _sync.Name;
    }
}
