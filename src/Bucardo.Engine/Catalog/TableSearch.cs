using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Which tables or sequences of a database to look for.</summary>
public sealed record TableSearch
{
    /// <summary>Database to look at. Null: the only one there is, else the first source, else the oldest.</summary>
    public string? Database { get; init; }

    /// <summary>Names as in <see cref="TableSelection.Patterns"/>; empty: all.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Only tables of these schemas (wildcards allowed); empty: all.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>No tables of these schemas (wildcards allowed).</summary>
    public IReadOnlyList<string> ExcludedSchemas { get; init; } = [];

    /// <summary>None of these, as <see cref="Patterns"/>.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Tables or sequences.</summary>
    public RelationType Type { get; init; } = RelationType.Table;
}

/// <summary>Looks on a node for what could be registered.</summary>
static class TableFinder
{
    /// <exception cref="BucardoException">DatabaseNotFound, TableNotFound for an exact name, or a connection failure.</exception>
    public static async Task<IReadOnlyList<TableCandidate>> FindAsync(ControlContext context, TableCatalog tables, TableSearch search, CancellationToken cancellation)
    {
        var selection = new TableSelection { Database = search.Database, Patterns = search.Patterns, All = search.Patterns.Count == 0, Type = search.Type };
        var (database, relations, sizes) = await tables.ReadNodeAsync(selection, async (node, found) => (await Query.ListAsync(node, "node_sizes",
            r => (Schema: r.Get<string>("schema"), Name: r.Get<string>("name"), Rows: r.Get<long>("rows"), Bytes: r.Get<long>("bytes")), cancellation,
            found.Select(f => f.Schema).ToArray(), found.Select(f => f.Name).ToArray())).ToDictionary(s => (s.Schema, s.Name)), cancellation);
        var registered = (await context.ReadAsync(c => TableCatalog.LoadAsync(c, new TableFilter { Database = Names.Exact(database), Type = search.Type }, cancellation), cancellation))
            .ToDictionary(t => (t.Schema, t.Name));
        return [.. relations.Where(r => Fits(search, r)).Select(r => Candidate(r, registered.GetValueOrDefault((r.Schema, r.Name)), sizes.GetValueOrDefault((r.Schema, r.Name))))];

        TableCandidate Candidate(NodeRelation relation, Table? known, (string Schema, string Name, long Rows, long Bytes) size) => new()
        {
            Database = database,
            Schema = relation.Schema,
            Name = relation.Name,
            Type = search.Type,
            KeyColumns = relation.KeyColumns,
            IsRegistered = known is not null,
            Herds = known?.Herds ?? [],
            EstimatedRows = size.Rows < 0 || search.Type == RelationType.Sequence ? null : size.Rows,
            Bytes = size.Bytes,
        };
    }

    static bool Fits(TableSearch search, NodeRelation relation)
    {
        bool InSchema(IReadOnlyList<string> schemas) => schemas.Any(s => TablePattern.Glob(s).IsMatch(relation.Schema));
        return (search.Schemas.Count == 0 || InSchema(search.Schemas)) && !InSchema(search.ExcludedSchemas)
            && !search.Excluded.Any(e => TablePattern.Parse(e).Select([relation], r => (r.Schema, r.Name)).Count > 0);
    }
}
