using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Writes what was found on a node into the control database.</summary>
static class TableRegistration
{
    /// <param name="connection">The control database, inside a transaction.</param>
    /// <param name="database">Where the relations are.</param>
    /// <param name="relations">What was found there.</param>
    /// <param name="selection">What was asked for.</param>
    /// <param name="refuseKnown">True: a table that was named exactly and brings nothing new is an error.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<TableAddition> RegisterAsync(
        NpgsqlConnection connection, string database, IReadOnlyList<NodeRelation> relations, TableSelection selection, bool refuseKnown,
            CancellationToken cancellation)
    {
        if (selection.ConflictStrategy is { } strategy) await Strategies.CheckAsync(connection, strategy, cancellation);
        var registered = (await TableCatalog.LoadAsync(connection, new TableFilter { Database = database }, cancellation)).ToDictionary(
            t => (t.Schema, t.Name));
        List<Table> known = [];
        List<Problem> skipped = [];
        List<int> ids = [];
        foreach (var relation in relations)
        {
            if (registered.TryGetValue((relation.Schema, relation.Name), out var table))
            {
                if (refuseKnown && relation.Named && (selection.Herd is null || table.Herds.Contains(selection.Herd))) throw Exists(table,
                    selection.Herd);
                known.Add(table);
                continue;
            }
            if (selection.Type == RelationType.Table && relation.KeyColumns.Length == 0)
            {
                var error = WithoutKey(database, relation);
                if (relation.Named) throw error;
                skipped.Add(new Problem(error.ErrorId, $"{relation.Schema}.{relation.Name}", database, error.Message));
                continue;
            }
            ids.Add(await Query.ValueAsync<int>(connection, "table_insert", cancellation, database, relation.Schema, relation.Name,
                Rows.Word(selection.Type),
                relation.KeyColumns, relation.KeyTypes, selection.ConflictStrategy, selection.AutoKick, selection.MergeColumns, selection.Counters.ToArray()));
        }
        var added = ids.Count == 0 ? [] : await TableCatalog.LoadAsync(connection, new TableFilter { Ids = ids }, cancellation);
        return new TableAddition(added, known, skipped);
    }

    public static BucardoException WithoutKey(string database, NodeRelation relation) => new("TableWithoutKey", ErrorKind.InvalidOperation,
        $"Table '{relation.Schema}.{relation.Name}' of database '{database}' has neither a primary key nor a unique index on NOT NULL " +
        $"columns (not partial, not deferrable, no expressions, not WITHOUT OVERLAPS); add one to replicate it.");

    static BucardoException Exists(Table table, string? herd) => new("TableExists", ErrorKind.AlreadyExists,
        herd is not null ? $"{Kind(table)} '{table.FullName}' of database '{table.Database}' is in herd '{herd}' already."
            : $"{Kind(table)} '{table.FullName}' of database '{table.Database}' is in the control database already; "
                + (table.Type == RelationType.Sequence ? "put it into a herd with -Herd." : "change it with Set-BucardoTable."));

    static string Kind(Table table) => table.Type == RelationType.Sequence ? "Sequence" : "Table";
}
