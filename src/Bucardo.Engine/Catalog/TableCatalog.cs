using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Tables and sequences: <c>bucardo.goat</c>.</summary>
public sealed class TableCatalog
{
    readonly ControlContext _context;
    readonly DatabaseCatalog _databases;

    internal TableCatalog(ControlContext context, DatabaseCatalog databases) => (_context, _databases) = (context, databases);

    /// <summary>
    /// Registers tables or sequences of a database, reading their keys from it, and puts them into a herd if one is named. What fits a
    /// wildcard, or
    /// <see cref="TableSelection.All"/>, and is there already or has no key, is left out and reported; for an exact name it is an error.
    /// </summary>
    /// <exception cref="BucardoException">DatabaseNotFound, TableNotFound, NotATable, TableWithoutKey, TableExists, InvalidKey,
    /// InvalidStrategy, HerdMixedDatabases, or a connection failure.</exception>
    public async Task<TableAddition> AddAsync(TableSelection selection, CancellationToken cancellation)
    {
        if (selection.Herd is not null) Names.Check(selection.Herd, "herd");
        var (database, relations) = await ReadNodeAsync(selection, cancellation);
        return await _context.WriteAsync(async connection =>
        {
            var addition = await TableRegistration.RegisterAsync(connection, database, relations, selection, refuseKnown: true,
                cancellation);
            if (selection.Herd is not { } herd) return addition;
            await Query.ExecuteAsync(connection, "herd_ensure", cancellation, herd);
            var ids = addition.Added.Concat(addition.Known).Select(t => t.Id).ToArray();
            await Query.ExecuteAsync(connection, "herd_add", cancellation, herd, ids, selection.Priority);
            var now = (await LoadAsync(connection, new TableFilter { Ids = ids }, cancellation)).ToDictionary(t => t.Id);
            return addition with { Added = [.. addition.Added.Select(t => now[t.Id])], Known = [.. addition.Known.Select(t => now[t.Id])] };
        }, removing: false, cancellation);
    }

    /// <summary>Registered tables and sequences, by database, schema and name; null: all.</summary>
    public Task<IReadOnlyList<Table>> ListAsync(TableFilter? filter = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<Table>>(async c => await LoadAsync(c, filter ?? new(), cancellation), cancellation);

    /// <summary>Tables or sequences of a database that could be registered, or are. It only reads.</summary>
    /// <exception cref="BucardoException">DatabaseNotFound, TableNotFound, NotATable, or a connection failure.</exception>
    public Task<IReadOnlyList<TableCandidate>> FindAsync(TableSearch search, CancellationToken cancellation) => TableFinder.FindAsync(_context, this, search, cancellation);

    /// <summary>One registered table.</summary>
    /// <exception cref="BucardoException">TableNotFound.</exception>
    public Task<Table> GetAsync(int id, CancellationToken cancellation) =>
        _context.ReadAsync(c => FindAsync(c, id, cancellation), cancellation);

    /// <summary>Changes a registered table. A new key, and counters, are looked up in its database.</summary>
    /// <exception cref="BucardoException">TableNotFound, InvalidKey, TableWithoutKey, CounterInvalid, InvalidStrategy, or a connection failure.</exception>
    public async Task<Table> UpdateAsync(int id, TableChange change, CancellationToken cancellation)
    {
        var found = change.KeyColumns is null && change.Counters is not { Count: > 0 } ? null : await FindOnNodeAsync(await GetAsync(id, cancellation), change, cancellation);
        var key = change.KeyColumns is null ? null : found;
        return await _context.WriteAsync(async connection =>
        {
            if (change.ConflictStrategy is { Length: > 0 } strategy) await Strategies.CheckAsync(connection, strategy, cancellation);
            await Query.ExecuteAsync(connection, "table_update", cancellation, id, key?.KeyColumns, key?.KeyTypes, change.ConflictStrategy,
                change.AutoKick, change.InheritAutoKick, change.MergeColumns, change.Counters?.ToArray());
            return await FindAsync(connection, id, cancellation);
        }, removing: false, cancellation);
    }

    async Task<NodeRelation> FindOnNodeAsync(Table table, TableChange change, CancellationToken cancellation)
    {
        var selection = new TableSelection
        {
            Database = table.Database,
            Patterns = [$"{Quote.Identifier(table.Schema)}.{Quote.Identifier(table.Name)}"],
            Type = table.Type,
            KeyColumns = change.KeyColumns,
            Counters = change.Counters ?? [],
        };
        var found = (await ReadNodeAsync(selection, cancellation)).Relations[0];
        if (table.Type == RelationType.Sequence) throw new BucardoException("InvalidKey", ErrorKind.InvalidArgument,
            $"'{table.FullName}' of database '{table.Database}' is a sequence and has no key.");
        if (found.KeyColumns.Length == 0) throw TableRegistration.WithoutKey(table.Database, found);
        return found;
    }

    /// <summary>Removes a table from the control database and from its herds; by force also when a sync uses one of them. The node is not
    /// touched.</summary>
    /// <exception cref="BucardoException">TableNotFound, TableInUse.</exception>
    public Task RemoveAsync(int id, bool force, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        var table = await FindAsync(connection, id, cancellation);
        var syncs = await Query.ListAsync(connection, "table_syncs", r => r.GetString(0), cancellation, id);
        if (syncs.Count > 0 && !force)
            throw new BucardoException("TableInUse", ErrorKind.InvalidOperation,
                $"{(table.Type == RelationType.Sequence ? "Sequence" : "Table")} '{table.FullName}' of database '{table.Database}' is replicated by the syncs {Names.List(syncs)}; take it out " +
                $"of their herds first, or remove it by force.");
        return await Query.ExecuteAsync(connection, "table_delete", cancellation, id);
    }, removing: true, cancellation);

    /// <summary>Reads from the node what a selection means there.</summary>
    internal async Task<(string Database, List<NodeRelation> Relations)> ReadNodeAsync(TableSelection selection, CancellationToken cancellation)
    {
        var (database, relations, _) = await ReadNodeAsync(selection, (_, _) => Task.FromResult(true), cancellation);
        return (database, relations);
    }

    /// <summary>Reads from the node what a selection means there, and what else is wanted of it.</summary>
    internal async Task<(string Database, List<NodeRelation> Relations, T More)> ReadNodeAsync<T>(TableSelection selection,
        Func<NpgsqlConnection, List<NodeRelation>, Task<T>> more, CancellationToken cancellation)
    {
        if (selection.Patterns.Count == 0 && !selection.All)
            throw new BucardoException("NothingSelected", ErrorKind.InvalidArgument,
                "No table is named: give names or patterns, or ask for all.");
        var database = selection.Database ?? await _context.ReadAsync(c => Query.ValueAsync<string>(c, "table_default_db", cancellation),
            cancellation)
            ?? throw new BucardoException("DatabaseNotFound", ErrorKind.NotFound,
                "There is no database in the control database yet; add one with New-BucardoDatabase.");
        var settings = await _databases.GetConnectionAsync(database, cancellation);
        await using var source = ConnectionStrings.CreateDataSource(settings, b => b.Pooling = false);
        await using var node = await NodeTest.OpenAsync(source, settings, database, cancellation);
        try
        {
            var relations = await NodeRelations.SelectAsync(node, database, selection, cancellation);
            return (database, relations, await more(node, relations));
        }
        catch (NpgsqlException e) when (!cancellation.IsCancellationRequested)
        {
            throw ConnectionErrors.Translate(e, settings, database);
        }
    }

    internal static async Task<List<Table>> LoadAsync(NpgsqlConnection connection, TableFilter filter, CancellationToken cancellation)
    {
        var tables = await Query.ListAsync(connection, "table_list", Rows.Table, cancellation, Names.Like(filter.Database),
            Names.Like(filter.Schema), Names.Like(filter.Herd),
            Names.Like(filter.Sync), filter.Type is { } type ? Rows.Word(type) : null, filter.Ids?.ToArray());
        return filter.Pattern is null ? tables : TablePattern.Parse(filter.Pattern).Select(tables, t => (t.Schema, t.Name));
    }

    internal static BucardoException NotFound(int id) =>
        new("TableNotFound", ErrorKind.NotFound,
            $"There is no table with the number {id} in the control database; Get-BucardoTable lists them.");

    static async Task<Table> FindAsync(NpgsqlConnection connection, int id, CancellationToken cancellation) =>
        await LoadAsync(connection, new TableFilter { Ids = [id] }, cancellation) is [var one] ? one : throw NotFound(id);
}
