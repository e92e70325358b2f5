using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>A relation of a node, and the key to replicate it by.</summary>
/// <param name="Schema">Schema, in the catalog's spelling.</param>
/// <param name="Name">Name, in the catalog's spelling.</param>
/// <param name="Named">True when it was asked for by its exact name.</param>
/// <param name="KeyColumns">The key; empty for sequences, and for tables without one.</param>
/// <param name="KeyTypes">The key columns' types.</param>
sealed record NodeRelation(string Schema, string Name, bool Named, string[] KeyColumns, string[] KeyTypes);

/// <summary>Reads a node's catalogs: which relations fit a selection, and which keys they have.</summary>
static class NodeRelations
{
    /// <exception cref="BucardoException">TableNotFound, NotATable, InvalidKey, CounterInvalid.</exception>
    public static async Task<List<NodeRelation>> SelectAsync(NpgsqlConnection connection, string database, TableSelection selection,
        CancellationToken cancellation)
    {
        var all = await Query.ListAsync(connection, "node_relations",
            r => new Entry(r.Get<uint>("oid"), r.Get<string>("schema"), r.Get<string>("name"), r.Get<string>("kind")[0],
                r.Get<bool>("relispartition")), cancellation);
        var schema = selection.Schema is null ? null : TablePattern.Glob(selection.Schema);
        var inSchema = all.Where(e => schema is null || schema.IsMatch(e.Schema)).ToList();
        var fitting = inSchema.Where(e => selection.Type == RelationType.Sequence ? e.Kind == 'S' : e.Kind is 'r' or 'p').ToList();

        var chosen = new Dictionary<uint, (Entry Entry, bool Named)>();
        if (selection.All)
        {
            foreach (var entry in fitting.Where(e => !e.IsPartition)) chosen[entry.Oid] = (entry, false);
        }
        foreach (var pattern in selection.Patterns.Select(TablePattern.Parse))
        {
            var found = pattern.Select(pattern.IsWildcard ? fitting.Where(e => !e.IsPartition) : fitting, e => (e.Schema, e.Name));
            if (found.Count == 0) throw Missing(pattern, database, selection, inSchema);
            foreach (var entry in found) chosen[entry.Oid] = (entry, !pattern.IsWildcard
                || (chosen.TryGetValue(entry.Oid, out var before) && before.Named));
        }
        if (selection.Counters.Count > 0) await CheckCountersAsync(connection, [.. chosen.Values.Select(c => c.Entry)], database, selection.Counters, cancellation);
        var keys = selection.Type == RelationType.Sequence ? null : await KeysAsync(connection, [.. chosen.Keys], cancellation);
        return [.. chosen.Values.OrderBy(c => c.Entry.Schema, StringComparer.Ordinal).ThenBy(c => c.Entry.Name,
            StringComparer.Ordinal).Select(c =>
        {
            var (columns, types) = keys is null ? ([], []) : Key(keys[c.Entry.Oid], c.Entry, database, selection.KeyColumns);
            return new NodeRelation(c.Entry.Schema, c.Entry.Name, c.Named, columns, types);
        })];
    }

    static async Task<ILookup<uint,
        (string[] Columns, string[] Types)>> KeysAsync(NpgsqlConnection connection, uint[] oids, CancellationToken cancellation) =>
        (await Query.ListAsync(connection, "node_keys", r =>
            (Table: r.Get<uint>("table"), Columns: r.Get<string[]>("columns"), Types: r.Get<string[]>("types")), cancellation,
            oids.Select(o => (long)o).ToArray())).ToLookup(k => k.Table, k => (k.Columns, k.Types));

    static (string[] Columns, string[] Types) Key(IEnumerable<(string[] Columns, string[] Types)> keys, Entry table, string database,
        IReadOnlyList<string>? wanted)
    {
        if (wanted is not { Count: > 0 }) return keys.FirstOrDefault(([], []));
        foreach (var key in keys.Where(k => k.Columns.Length == wanted.Count && k.Columns.All(wanted.Contains))) return key;
        throw new BucardoException("InvalidKey", ErrorKind.InvalidArgument,
            $"Table '{table.Schema}.{table.Name}' of database '{database}' has no unique index on exactly the columns " +
            $"{Names.List(wanted)}, all of them NOT NULL; create one, or choose other columns.");
    }

    static async Task CheckCountersAsync(NpgsqlConnection connection, Entry[] tables, string database, IReadOnlyList<string> counters, CancellationToken cancellation)
    {
        var able = (await Query.ListAsync(connection, "node_counters", r => (Table: r.Get<uint>("table"), Column: r.Get<string>("column")), cancellation,
            tables.Select(t => (long)t.Oid).ToArray())).ToLookup(c => c.Table, c => c.Column);
        foreach (var table in tables)
        {
            if (counters.FirstOrDefault(c => !able[table.Oid].Contains(c)) is { } wrong)
                throw new BucardoException("CounterInvalid", ErrorKind.InvalidArgument,
                    $"'{wrong}' cannot be a counter of table '{table.Schema}.{table.Name}' of database '{database}': choose a column of type smallint, integer, bigint or numeric that is not computed.");
        }
    }

    static BucardoException Missing(TablePattern pattern, string database, TableSelection selection, List<Entry> inSchema)
    {
        var what = selection.Type == RelationType.Sequence ? "sequence" : "table";
        var within = selection.Schema is null ? "" : $" in schema '{selection.Schema}'";
        if (pattern.IsWildcard) return new("TableNotFound", ErrorKind.NotFound,
            $"No {what}{within} of database '{database}' fits '{pattern.Text}'; names are compared as the catalog spells them, letter " +
            $"case included.");
        if (pattern.Select(inSchema, e => (e.Schema, e.Name)) is [var other, ..])
            return new("NotATable", ErrorKind.InvalidArgument,
                $"'{other.Schema}.{other.Name}' of database '{database}' is a {KindName(other.Kind)}, not a {what}; only tables and " +
                $"sequences are replicated.");
        var names = inSchema.Where(e => selection.Type == RelationType.Sequence ? e.Kind == 'S' : e.Kind is 'r' or 'p').SelectMany(e =>
            new[] { $"{e.Schema}.{e.Name}", e.Name });
        var near = Names.NotFound("TableNotFound", what, pattern.Text, names, "").Message;
        var hint = near.Contains("did you mean", StringComparison.Ordinal) ? near[near.IndexOf("did you mean", StringComparison.Ordinal)..]
            : "names are compared as the catalog spells them, letter case included.";
        return new("TableNotFound", ErrorKind.NotFound, $"There is no {what} '{pattern.Text}'{within} in database '{database}': {hint}");
    }

    static string KindName(char kind) =>
        kind switch { 'v' => "view", 'm' => "materialized view", 'f' => "foreign table", 'S' => "sequence", _ => "table" };

    sealed record Entry(uint Oid, string Schema, string Name, char Kind, bool IsPartition);
}
