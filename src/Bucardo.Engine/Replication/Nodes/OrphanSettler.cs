using System.Globalization;
using System.Text.Json;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>Does to orphans what their foreign key says happens on a deletion, as changes of the node's own, and keeps what they were in the history of conflicts.</summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="node">Id of the node.</param>
/// <param name="strategy">The sync's conflict strategy; a table may have its own.</param>
/// <param name="recorder">The history.</param>
sealed class OrphanSettler(NpgsqlConnection connection, int node, string strategy, ConflictRecorder recorder)
{
    sealed record Orphan(string Key, string ParentKey, Dictionary<string, string?> Row);

    /// <summary>Settles the rows that refer to given keys of the parent, which are gone. Returns the keys of those that went.</summary>
    /// <param name="key">The foreign key.</param>
    /// <param name="parents">Keys of the parent.</param>
    /// <param name="trace">What the step has done to the parent.</param>
    /// <param name="applied">Counts.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <param name="standing">Where the parents are about to go and are still there: how their children go with them.</param>
    /// <exception cref="ConflictAbortException">The strategy is <c>abort</c>.</exception>
    public async Task<IReadOnlyList<string>> SettleAsync(
        ForeignKeySql key, IReadOnlyCollection<string> parents, TableTrace? trace, Applied applied, CancellationToken cancellation, OrphansOfStanding? standing = null)
    {
        var gone = new List<string>();
        foreach (var orphan in await FindAsync(key, parents, standing is not null, cancellation))
        {
            if (standing is not null && !await standing.MayGo(orphan.Key)) continue;
            var version = await VersionAsync(key.Child, orphan.Key, null, cancellation);
            var result = await SetAsync(key, orphan, applied, cancellation);
            if (result is null)
            {
                if (standing is not null) await standing.RemoveAsync(orphan.Key);
                else applied.Deletes += await connection.ExecuteAsync(key.Child.DeleteRow(), cancellation, [.. RowKey.Split(orphan.Key)]);
                gone.Add(orphan.Key);
            }
            await RecordAsync(key, orphan.Key, orphan.ParentKey, trace, version, orphan.Row, result, applied, cancellation);
        }
        return gone;
    }

    /// <summary>Makes what has been settled a change of the node's own, and keeps it in the history.</summary>
    /// <param name="key">The foreign key.</param>
    /// <param name="orphan">Key of the orphan.</param>
    /// <param name="parent">Key of the row that it referred to.</param>
    /// <param name="trace">What the step has done to the parent.</param>
    /// <param name="version">The orphan's version, if it is known.</param>
    /// <param name="row">The orphan.</param>
    /// <param name="result">What has become of it; null: it has gone.</param>
    /// <param name="applied">Counts.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="ConflictAbortException">The strategy is <c>abort</c>.</exception>
    public async Task RecordAsync(
        ForeignKeySql key, string orphan, string parent, TableTrace? trace, RowVersion? version,
        IReadOnlyDictionary<string, string?> row, IReadOnlyDictionary<string, string?>? result, Applied applied, CancellationToken cancellation)
    {
        var deletion = await VersionAsync(key.Parent, parent, trace, cancellation) ?? await OwnVersionAsync(cancellation);
        if ((key.Child.Table.ConflictStrategy ?? strategy).Trim() is "bucardo_abort" or "abort") throw new ConflictAbortException(orphan, [deletion, version ?? deletion]);
        await connection.ExecuteAsync(key.Child.LogOwn(), cancellation, [.. RowKey.Split(orphan)]);
        applied.Clashes++;
        await recorder.RecordAsync(key.Child.Table,
            [new DecidedConflict(orphan, deletion, null, version, row) { Kind = ConflictKind.ForeignKey, Constraint = key.Name, ResultRow = result }], cancellation);
    }

    async Task<List<Orphan>> FindAsync(ForeignKeySql key, IReadOnlyCollection<string> parents, bool parentsStay, CancellationToken cancellation)
    {
        var found = new List<Orphan>();
        if (parents.Count == 0) return found;
        await using var command = connection.Command(key.Orphans(parentsStay), [.. PgNodeReader.KeyArrays([.. parents], key.Parent.KeyCount)]);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (n, m) = (key.Child.KeyCount, key.Parent.KeyCount);
        while (await reader.ReadAsync(cancellation))
            found.Add(new Orphan(Join(0, n), Join(n, m), JsonSerializer.Deserialize<Dictionary<string, string?>>(reader.GetString(n + m))!));
        return found;

        string Join(int first, int count) => RowKey.Join(Enumerable.Range(first, count).Select(reader.GetString));
    }

    // Returns the row as it is now; null where it must go, because the constraint says so or because another one refuses what this one says.
    async Task<Dictionary<string, string?>?> SetAsync(ForeignKeySql key, Orphan orphan, Applied applied, CancellationToken cancellation)
    {
        if (key.SetColumns() is not { } set) return null;
        await connection.ExecuteAsync("SAVEPOINT bucardo_orphan", cancellation);
        try
        {
            await using var command = connection.Command(set, [.. RowKey.Split(orphan.Key)]);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            if (!await reader.ReadAsync(cancellation) || reader.GetBoolean(1)) return null;
            applied.Updates++;
            return JsonSerializer.Deserialize<Dictionary<string, string?>>(reader.GetString(0));
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            await connection.ExecuteAsync("ROLLBACK TO SAVEPOINT bucardo_orphan", cancellation);
            return null;
        }
    }

    async Task<RowVersion?> VersionAsync(TableSql table, string key, TableTrace? trace, CancellationToken cancellation)
    {
        foreach (var rows in trace?.Rows ?? [])
        {
            var command = rows.Command(table.VersionOfRow(rows.Source, rows.Source == table.StagedRows ? 1 : table.RowColumns.Count + 1));
            foreach (var column in RowKey.Split(key)) command.Parameters.Add(new() { Value = column });
            if (await ReadVersionAsync(command, cancellation) is { } received) return received;
        }
        return await ReadVersionAsync(connection.Command(table.VersionOfKey(), [.. RowKey.Split(key)]), cancellation);
    }

    // Nobody knows any more who deleted the row: then it is this node that says so.
    async Task<RowVersion> OwnVersionAsync(CancellationToken cancellation) =>
        (await ReadVersionAsync(connection.Command("SELECT $1::integer, pg_current_xact_id()::text, clock_timestamp()", node), cancellation))!.Value;

    static async Task<RowVersion?> ReadVersionAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var disposing = command;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) return null;
        return new RowVersion(reader.GetInt32(0), ulong.Parse(reader.GetString(1), CultureInfo.InvariantCulture), reader.GetDateTime(2));
    }
}

/// <summary>How children go whose parents are about to go and are still there.</summary>
/// <param name="MayGo">Whether a row is to be looked at: not where the step says itself what becomes of it.</param>
/// <param name="RemoveAsync">Makes it go with its parent.</param>
sealed record OrphansOfStanding(Func<string, Task<bool>> MayGo, Func<string, Task> RemoveAsync);
