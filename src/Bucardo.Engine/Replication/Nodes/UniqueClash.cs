using System.Globalization;
using System.Text.Json;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// Two nodes have taken the same unique value for rows with different keys. That is a conflict like any other: the strategy decides between the rows' versions,
/// and the row that loses is deleted, here and with the next round everywhere. It never stops the sync unless the strategy says so.
/// </summary>
/// <param name="connection">The receiver.</param>
/// <param name="table">The table there.</param>
/// <param name="rows">The received rows, as a source of rows.</param>
/// <param name="onRows">Makes a command with the parameters that <paramref name="rows"/> needs.</param>
/// <param name="strategy">How conflicts are decided.</param>
/// <param name="applied">Counts.</param>
sealed class UniqueClash(NpgsqlConnection connection, TableSql table, string rows, Func<string, NpgsqlCommand> onRows, ConflictStrategy strategy, Applied applied)
{
    readonly List<DecidedConflict> _decided = [];
    readonly HashSet<string> _early = [];

    /// <summary>What was decided, for the history: the rows that had to go.</summary>
    public IReadOnlyList<DecidedConflict> Decided => _decided;

    /// <summary>Rows that another one keeps out of which the step does not know yet what becomes of it: it may be about to go.</summary>
    public IReadOnlySet<string> Early => _early;

    /// <summary>
    /// Decides for all rows that another row keeps out, or that got in beside one that they exclude. Returns the keys of the rows that had to go, each once.
    /// </summary>
    /// <param name="open">Keys of which something was left out.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="ConflictAbortException">The strategy is <c>abort</c>.</exception>
    public async Task<IReadOnlyCollection<string>> ResolveAsync(IReadOnlySet<string> open, CancellationToken cancellation)
    {
        var gone = new HashSet<string>();
        var contested = await ReadAsync(onRows(table.Unique.Contested(rows)), hasKey: true, cancellation);
        // The best first, so that every node comes to the same end whatever order the rows came in.
        foreach (var row in contested.OrderByDescending(r => r.Version, strategy))
        {
            if (gone.Contains(row.Key)) continue;
            if (open.Count > 0 && open.Overlaps(await FindRivalsAsync(row.Key, locks: false, cancellation)))
            {
                _early.Add(row.Key);
                continue;
            }
            var rivals = new List<(string Key, RowVersion? Version)>();
            foreach (var rival in await FindRivalsAsync(row.Key, locks: true, cancellation)) rivals.Add((rival, await FindVersionAsync(rival, cancellation)));
            // Whoever stood in its way has gone meanwhile.
            if (rivals.Count == 0 && await TryInsertAsync(row.Key, cancellation)) continue;
            if (strategy.Action == ConflictAction.Abort) throw new ConflictAbortException(row.Key, [row.Version, .. rivals.Select(r => r.Version).OfType<RowVersion>()]);
            if (rivals.Count == 0 || rivals.Any(r => r.Version is { } version && strategy.Compare(version, row.Version) > 0))
            {
                await KeepAsync(row.Key, row.Version, rivals.Where(r => r.Version is not null).Select(r => (r.Key, r.Version!.Value)).DefaultIfEmpty(row).MaxBy(r => r.Item2, strategy), cancellation);
                await RemoveAsync(row.Key, gone, cancellation);
                continue;
            }
            foreach (var (key, version) in rivals)
            {
                await KeepAsync(key, version, row, cancellation);
                await RemoveAsync(key, gone, cancellation);
            }
            if (await TryInsertAsync(row.Key, cancellation)) continue;
            await KeepAsync(row.Key, row.Version, row, cancellation);
            gone.Add(row.Key);
        }
        return gone;
    }

    /// <summary>Keeps a row for the history, before it goes.</summary>
    public async Task KeepAsync(string key, RowVersion? version, (string Key, RowVersion Version) winner, CancellationToken cancellation) => _decided.Add(
        new DecidedConflict(key, winner.Version, winner.Key == key ? null : await RowAsync(winner.Key, cancellation), version, await RowAsync(key, cancellation)) { Kind = ConflictKind.Unique });

    // As it stands here, or else as it has come.
    async Task<IReadOnlyDictionary<string, string?>?> RowAsync(string key, CancellationToken cancellation)
    {
        await using var held = connection.Command(table.RowOfKey(), [.. RowKey.Split(key)]);
        await using var received = WithKey(table.ReceivedRow(rows, First), key);
        return (await held.ExecuteScalarAsync(cancellation) ?? await received.ExecuteScalarAsync(cancellation)) is string json ? JsonSerializer.Deserialize<Dictionary<string, string?>>(json) : null;
    }

    async Task RemoveAsync(string key, HashSet<string> gone, CancellationToken cancellation)
    {
        applied.Deletes += await connection.ExecuteAsync(table.DeleteRow(), cancellation, [.. RowKey.Split(key)]);
        gone.Add(key);
    }

    async Task<HashSet<string>> FindRivalsAsync(string key, bool locks, CancellationToken cancellation)
    {
        var keys = new HashSet<string>();
        foreach (var rule in table.Unique.Rivals(rows, First, locks))
        {
            await using var command = WithKey(rule, key);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) keys.Add(RowKey.Join(Enumerable.Range(0, table.KeyCount).Select(reader.GetString)));
        }
        return keys;
    }

    /// <summary>A row's version: it may have come in this very round; else the node's log knows it. One that neither knows is older than everything that is still under way.</summary>
    public async Task<RowVersion?> FindVersionAsync(string key, CancellationToken cancellation)
    {
        var staged = await ReadAsync(WithKey(table.VersionOfRow(rows, First), key), hasKey: false, cancellation);
        if (staged.Count > 0) return staged[0].Version;
        if (!table.HasChanges) return null;
        var logged = await ReadAsync(connection.Command(table.VersionOfKey(), [.. RowKey.Split(key)]), hasKey: false, cancellation);
        return logged.Count > 0 ? logged[0].Version : null;
    }

    async Task<bool> TryInsertAsync(string key, CancellationToken cancellation)
    {
        await connection.ExecuteAsync("SAVEPOINT bucardo_clash", cancellation);
        try
        {
            await using var insert = WithKey(table.InsertRow(rows, First), key);
            applied.Inserts += await insert.ExecuteNonQueryAsync(cancellation);
            return true;
        }
        catch (PostgresException e) when (RowWriter.IsTaken(e))
        {
            await connection.ExecuteAsync("ROLLBACK TO SAVEPOINT bucardo_clash", cancellation);
            return false;
        }
    }

    // The rows' own parameters come first, then the key's columns.
    int First => rows == table.StagedRows ? 1 : table.RowColumns.Count + 1;

    NpgsqlCommand WithKey(string sql, string key)
    {
        var command = onRows(sql);
        foreach (var column in RowKey.Split(key)) command.Parameters.Add(new() { Value = column });
        return command;
    }

    /// <summary>Versions that a query returns, after the row's key if it says that too.</summary>
    public async Task<List<(string Key, RowVersion Version)>> ReadAsync(NpgsqlCommand command, bool hasKey, CancellationToken cancellation)
    {
        var found = new List<(string, RowVersion)>();
        await using var disposing = command;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var n = hasKey ? table.KeyCount : 0;
        while (await reader.ReadAsync(cancellation))
        {
            var version = new RowVersion(reader.GetInt32(n), ulong.Parse(reader.GetString(n + 1), CultureInfo.InvariantCulture), reader.GetDateTime(n + 2));
            found.Add((RowKey.Join(Enumerable.Range(0, n).Select(reader.GetString)), version));
        }
        return found;
    }
}
