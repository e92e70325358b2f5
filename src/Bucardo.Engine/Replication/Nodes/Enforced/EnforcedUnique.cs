using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes.Enforced;

/// <summary>
/// Decides between rows that exclude each other before they are written: where foreign keys are enforced, no row can be taken away to see what comes in in its place. The rule is
/// that of <see cref="UniqueClash"/>: the best versions first, and whoever stands in the way of a better one goes.
/// </summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="table">The table.</param>
/// <param name="strategy">How conflicts are decided.</param>
/// <param name="applied">Counts.</param>
sealed class EnforcedUnique(NpgsqlConnection connection, TableSql table, ConflictStrategy strategy, Applied applied)
{
    readonly UniqueClash _clash = new(connection, table, table.StagedRows, sql => connection.Command(sql), strategy, applied);

    /// <summary>What was decided, for the history: the rows that have to go.</summary>
    public IReadOnlyList<DecidedConflict> Decided => _clash.Decided;

    /// <summary>Rows that are left as they are on every node, because the strategy is <c>skip</c>.</summary>
    public List<PickedKey> Skipped { get; } = [];

    /// <summary>Rows that another one keeps out of which the step does not know yet what becomes of it: it may be about to go.</summary>
    public List<PickedKey> Early { get; } = [];

    /// <summary>Decides for all staged rows that others keep out. Returns the keys of the rows that have to go, each once; none where values only change places.</summary>
    /// <param name="open">Keys of which something was left out.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="ConflictAbortException">The strategy is <c>abort</c>.</exception>
    public async Task<IReadOnlyCollection<string>> DecideAsync(IReadOnlySet<string> open, CancellationToken cancellation)
    {
        var (losers, accepted) = (new HashSet<string>(), new Dictionary<string, RowVersion>());
        var query = $"SELECT {table.CanonicalRowKeys("s.")}, s.\"bucardo$origin\", s.\"bucardo$version\"::text, s.\"bucardo$at\" FROM {table.Unique.Disputed()} s";
        var disputed = await _clash.ReadAsync(connection.Command(query), hasKey: true, cancellation);
        foreach (var row in disputed.OrderByDescending(r => r.Version, strategy))
        {
            if (open.Count > 0 && open.Overlaps(await KeysAsync(table.Unique.StandingRivals(locks: false), row.Key, cancellation)))
            {
                Early.Add(new PickedKey(row.Key, row.Version));
                continue;
            }
            var standing = (await KeysAsync(table.Unique.StandingRivals(), row.Key, cancellation)).Except(losers).ToList();
            var rivals = (await KeysAsync(table.Unique.StagedRivals(), row.Key, cancellation)).Where(accepted.ContainsKey).Select(k => (Key: k, Version: (RowVersion?)accepted[k])).ToList();
            foreach (var key in standing) rivals.Add((key, await _clash.FindVersionAsync(key, cancellation)));
            if (rivals.Count == 0)
            {
                accepted[row.Key] = row.Version;
                continue;
            }
            if (strategy.Action == ConflictAction.Abort) throw new ConflictAbortException(row.Key, [row.Version, .. rivals.Select(r => r.Version).OfType<RowVersion>()]);
            if (strategy.Action == ConflictAction.Skip)
            {
                Skipped.Add(new PickedKey(row.Key, row.Version));
                continue;
            }
            var better = rivals.Where(r => accepted.ContainsKey(r.Key) || (r.Version is { } version && strategy.Compare(version, row.Version) > 0)).ToList();
            if (better.Count > 0)
            {
                await _clash.KeepAsync(row.Key, row.Version, better.Select(r => (r.Key, r.Version!.Value)).MaxBy(r => r.Value, strategy), cancellation);
                losers.Add(row.Key);
                continue;
            }
            foreach (var (key, version) in rivals)
            {
                await _clash.KeepAsync(key, version, row, cancellation);
                losers.Add(key);
            }
            accepted[row.Key] = row.Version;
        }
        return losers;
    }

    async Task<HashSet<string>> KeysAsync(IEnumerable<string> queries, string key, CancellationToken cancellation)
    {
        var found = new HashSet<string>();
        foreach (var query in queries)
        {
            await using var command = connection.Command(query, [.. RowKey.Split(key)]);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) found.Add(RowKey.Join(Enumerable.Range(0, table.KeyCount).Select(reader.GetString)));
        }
        return found;
    }
}
