using System.Globalization;
using System.Text.Json;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// The same where foreign keys are enforced while rows are applied, because the role may not act as a replica: PostgreSQL refuses a row whose parent has gone here, and refuses
/// to delete a parent that has got children here, or takes the children along without a word to the log. So what the foreign key says is done beforehand.
/// </summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="keys">The foreign keys.</param>
/// <param name="traces">What the step does, by table.</param>
/// <param name="settler">Settles what has been found.</param>
sealed class EnforcedForeignKeys(NpgsqlConnection connection, IReadOnlyList<ForeignKeySql> keys, IReadOnlyDictionary<int, TableTrace> traces, OrphanSettler settler)
{
    readonly HashSet<(int Table, string Key)> _doomed = [];

    /// <summary>Takes received rows whose parent has gone for deleted, or sets what the foreign key says; one may make the next one an orphan.</summary>
    public async Task SettleRefusedAsync(Applied applied, CancellationToken cancellation)
    {
        for (var found = true; found;)
        {
            found = false;
            foreach (var key in keys.Where(k => traces.ContainsKey(k.Child.Table.Id)))
                foreach (var rows in traces[key.Child.Table.Id].Rows) found |= await SettleRefusedAsync(key, rows, applied, cancellation);
        }
    }

    /// <summary>Settles the rows here that refer to rows which the step deletes, unless it deletes them too.</summary>
    public async Task SettleDoomedAsync(Applied applied, CancellationToken cancellation)
    {
        foreach (var (table, trace) in traces)
            foreach (var rows in trace.Rows.Where(r => r.HasDeletions))
                _doomed.UnionWith((await KeysAsync(rows.Command(Received(trace.Table, rows, "NOT ")), trace.Table, cancellation)).Select(k => (table, k)));
        foreach (var key in keys.Where(k => traces.ContainsKey(k.Parent.Table.Id)))
        {
            var parents = new HashSet<string>();
            foreach (var rows in traces[key.Parent.Table.Id].Rows.Where(r => r.HasDeletions))
                parents.UnionWith(await KeysAsync(rows.Command(key.DeletedParents(rows.Source)), key.Parent, cancellation));
            await DoomAsync(key, parents, applied, cancellation);
        }
    }

    // Their own children first.
    Task DoomAsync(ForeignKeySql key, IReadOnlyCollection<string> parents, Applied applied, CancellationToken cancellation) =>
        settler.SettleAsync(key, parents, traces.GetValueOrDefault(key.Parent.Table.Id), applied, cancellation, async child =>
        {
            if (!_doomed.Add((key.Child.Table.Id, child))) return false;
            foreach (var next in keys.Where(k => k.Parent == key.Child)) await DoomAsync(next, [child], applied, cancellation);
            return true;
        });

    async Task<bool> SettleRefusedAsync(ForeignKeySql key, TracedRows rows, Applied applied, CancellationToken cancellation)
    {
        var (refused, n, m) = (new List<(string Key, string Parent, RowVersion Version, long Row, Dictionary<string, string?> Data)>(), key.Child.KeyCount, key.Parent.KeyCount);
        await using (var command = rows.Command(key.Refused(rows.Source)))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var version = new RowVersion(reader.GetInt32(n + m), ulong.Parse(reader.GetString(n + m + 1), CultureInfo.InvariantCulture), reader.GetDateTime(n + m + 2));
                refused.Add((RowKey.Join(Enumerable.Range(0, n).Select(reader.GetString)), RowKey.Join(Enumerable.Range(n, m).Select(reader.GetString)), version,
                    reader.GetInt64(n + m + 3), JsonSerializer.Deserialize<Dictionary<string, string?>>(reader.GetString(n + m + 4))!));
            }
        }
        if (refused.Count == 0) return false;
        var known = await KnownAsync(key, [.. refused.Select(r => r.Parent).Distinct()], cancellation);
        refused.RemoveAll(r => !known.Contains(r.Parent));
        foreach (var row in refused)
        {
            var result = key.NulledColumns is { } nulled ? row.Data.ToDictionary(d => d.Key, d => nulled.Contains(d.Key) ? null : d.Value) : null;
            await settler.RecordAsync(key, row.Key, row.Parent, traces.GetValueOrDefault(key.Parent.Table.Id), row.Version, row.Data, result, applied, cancellation);
        }
        if (refused.Count == 0) return false;
        if (rows.Received.Rows is { } given) rows.Received.Rows = key.WithoutParent(given, refused.Select(r => r.Row).ToHashSet());
        else await connection.ExecuteAsync(key.StageWithoutParent(), cancellation, [.. PgNodeReader.KeyArrays([.. refused.Select(r => r.Key)], n)]);
        return true;
    }

    // What was here once, or is deleted by this very step.
    async Task<HashSet<string>> KnownAsync(ForeignKeySql key, IReadOnlyList<string> parents, CancellationToken cancellation)
    {
        var known = (await KeysAsync(connection.Command(key.KnownParents(), [.. PgNodeReader.KeyArrays(parents, key.Parent.KeyCount)]), key.Parent, cancellation)).ToHashSet();
        if (!traces.TryGetValue(key.Parent.Table.Id, out var trace)) return known;
        foreach (var rows in trace.Rows)
        {
            known.UnionWith(await KeysAsync(rows.Command(Received(key.Parent, rows, "NOT ")), key.Parent, cancellation));
            // One that is still to be written is refused itself, perhaps only for the sake of another row of its statement.
            known.ExceptWith(await KeysAsync(rows.Command(Received(key.Parent, rows, "")), key.Parent, cancellation));
        }
        return known;
    }

    static string Received(TableSql table, TracedRows rows, string not) => $"SELECT {table.CanonicalRowKeys("s.")} FROM {rows.Source} s WHERE {not}s.\"bucardo$present\"";

    static async Task<List<string>> KeysAsync(NpgsqlCommand command, TableSql table, CancellationToken cancellation)
    {
        var found = new List<string>();
        await using var disposing = command;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) found.Add(RowKey.Join(Enumerable.Range(0, table.KeyCount).Select(reader.GetString)));
        return found;
    }
}
