using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// A row was inserted on one node while the row that it refers to was deleted on another. The deletion wins: what the foreign key says happens on a deletion happens to the
/// orphans, and where it would refuse the deletion, they go. Each is a change of the node's own, made in knowledge of both, so all nodes come to the same end.
/// A row that is missing because it has not come yet makes no orphans: it must be known to have been here, and while only a part of what is pending has been read, or something
/// was left out, the keys are kept as suspects and looked at later.
/// </summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="sync">Id of the sync.</param>
/// <param name="hasPeers">Whether there are several sources: a single one enforces its own foreign keys.</param>
/// <param name="settler">Settles what has been found.</param>
sealed class ForeignKeyOrphans(NpgsqlConnection connection, int sync, bool hasPeers, OrphanSettler settler)
{
    readonly Dictionary<int, TableTrace> _traces = [];
    IReadOnlyList<ForeignKeySql> _keys = [];

    /// <summary>Whether there is a foreign key to look after.</summary>
    public bool HasKeys => _keys.Count > 0;

    /// <summary>Says which foreign keys there are between tables whose changes are logged: what was deleted here must be known.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="shapes">The tables as the node has them.</param>
    public void Bind(IReadOnlyDictionary<int, TableSql> tables, IReadOnlyDictionary<(string Schema, string Name), TableShape> shapes)
    {
        if (!hasPeers) return;
        var byOid = tables.Values.ToDictionary(t => Shape(t).Oid);
        _keys = [.. byOid.Values.SelectMany(child => Shape(child).ForeignKeys
            .Select(k => byOid.TryGetValue(k.Parent, out var parent) ? ForeignKeySql.Create(k, child, parent) : null).OfType<ForeignKeySql>())];

        TableShape Shape(TableSql table) => shapes[(table.Table.Schema, table.Table.Name)];
    }

    /// <summary>Forgets what a transaction that is over did.</summary>
    public void Clear() => _traces.Clear();

    /// <summary>What the step does to a table; null where no foreign key is concerned.</summary>
    public TableTrace? Trace(TableSql table)
    {
        if (!_keys.Any(k => k.Child == table || k.Parent == table)) return null;
        return _traces.TryGetValue(table.Table.Id, out var trace) ? trace : _traces[table.Table.Id] = new TableTrace(table);
    }

    /// <summary>Settles the orphans that the step has made, and those of earlier steps that had to wait.</summary>
    /// <param name="reach">How far the step reaches.</param>
    /// <param name="applied">Counts.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="ConflictAbortException">The strategy is <c>abort</c>.</exception>
    public async Task SettleAsync(StepReach reach, Applied applied, CancellationToken cancellation)
    {
        if (!HasKeys) return;
        var suspects = new Dictionary<int, Suspects>();
        if (reach.Cut.Count == 0) await LoadAsync(suspects, reach, cancellation);
        foreach (var key in _keys)
        {
            await FindDeletedParentsAsync(key, Of(suspects, key.Parent), cancellation);
            await FindParentlessAsync(key, Of(suspects, key.Parent), cancellation);
        }
        var queue = new Queue<int>(suspects.Keys);
        while (queue.TryDequeue(out var parent))
        {
            if (!suspects.Remove(parent, out var found) || found.IsEmpty) continue;
            if (MustWait(parent, reach))
            {
                await StoreAsync(parent, found, reach, cancellation);
                continue;
            }
            foreach (var key in _keys.Where(k => k.Parent.Table.Id == parent))
            {
                var keys = found.All ? found.Keys.Concat(await ReadKeysAsync(connection.Command(key.Parentless()), key.Parent, cancellation)).ToHashSet() : found.Keys;
                var gone = await settler.SettleAsync(key, keys, _traces.GetValueOrDefault(parent), applied, cancellation);
                // Who referred to them is an orphan now.
                Of(suspects, key.Child).Keys.UnionWith(gone);
                if (gone.Count > 0) queue.Enqueue(key.Child.Table.Id);
            }
        }
    }

    bool MustWait(int parent, StepReach reach) =>
        reach.Cut.Count > 0 || HasDeferred(parent, reach) || _keys.Any(k => k.Parent.Table.Id == parent && HasDeferred(k.Child.Table.Id, reach));

    bool HasDeferred(int table, StepReach reach) => reach.Unsettled.Contains(table) || (_traces.TryGetValue(table, out var trace) && trace.HasDeferred);

    async Task FindDeletedParentsAsync(ForeignKeySql key, Suspects suspects, CancellationToken cancellation)
    {
        if (!_traces.TryGetValue(key.Parent.Table.Id, out var trace)) return;
        suspects.Keys.UnionWith(trace.Removed);
        suspects.All |= trace.IsEmptied;
        foreach (var rows in trace.Rows.Where(r => r.HasDeletions))
            suspects.Keys.UnionWith(await ReadKeysAsync(rows.Command(key.DeletedParents(rows.Source)), key.Parent, cancellation));
    }

    async Task FindParentlessAsync(ForeignKeySql key, Suspects suspects, CancellationToken cancellation)
    {
        if (!_traces.TryGetValue(key.Child.Table.Id, out var trace)) return;
        var missing = new List<string>();
        foreach (var rows in trace.Rows) missing.AddRange(await ReadKeysAsync(rows.Command(key.Parentless(rows.Source)), key.Parent, cancellation));
        if (missing.Count == 0) return;
        suspects.Keys.UnionWith(await ReadKeysAsync(connection.Command(key.KnownParents(), [.. PgNodeReader.KeyArrays(missing, key.Parent.KeyCount)]), key.Parent, cancellation));
    }

    async Task LoadAsync(Dictionary<int, Suspects> suspects, StepReach reach, CancellationToken cancellation)
    {
        await using var command = connection.Command("DELETE FROM bucardo_node.suspect WHERE sync = $1 AND NOT waits && $2 RETURNING relation, key", sync, reach.Absent.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            // Of a table that has left the sync, nothing is known any more.
            if (_keys.FirstOrDefault(k => k.Parent.Table.Id == reader.GetInt32(0)) is not { } key) continue;
            if (await reader.IsDBNullAsync(1, cancellation)) Of(suspects, key.Parent).All = true;
            else Of(suspects, key.Parent).Keys.Add(RowKey.FromJson(reader.GetString(1)));
        }
    }

    Task<int> StoreAsync(int parent, Suspects suspects, StepReach reach, CancellationToken cancellation)
    {
        string?[] keys = suspects.All ? [null] : [.. suspects.Keys.Select(RowKey.ToJson)];
        return connection.ExecuteAsync("INSERT INTO bucardo_node.suspect (sync, relation, key, waits) SELECT $1, $2, k, $4 FROM unnest($3::text[]) AS k", cancellation,
            sync, parent, new NpgsqlParameter { Value = keys, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text }, reach.Cut.ToArray());
    }

    static Suspects Of(Dictionary<int, Suspects> suspects, TableSql parent) =>
        suspects.TryGetValue(parent.Table.Id, out var found) ? found : suspects[parent.Table.Id] = new Suspects();

    static async Task<List<string>> ReadKeysAsync(NpgsqlCommand command, TableSql table, CancellationToken cancellation)
    {
        var keys = new List<string>();
        await using var disposing = command;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) keys.Add(RowKey.Join(Enumerable.Range(0, table.KeyCount).Select(reader.GetString)));
        return keys;
    }
}
