using System.Globalization;
using System.Text.Json;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes.Enforced;

/// <summary>
/// Orphans where foreign keys are enforced while rows are applied: PostgreSQL refuses a row whose parent has gone here, and refuses to delete a parent that has got children here, or takes
/// them along without a word to the log. So what a foreign key says (<see cref="ForeignKeyOrphans"/>) is done beforehand; and what may only have come too early, waits for the next step.
/// </summary>
/// <param name="connection">The connection that applies.</param>
/// <param name="keys">The foreign keys.</param>
/// <param name="step">What is staged.</param>
/// <param name="settler">Settles what has been found.</param>
sealed class EnforcedForeignKeys(NpgsqlConnection connection, IReadOnlyList<EnforcedKeySql> keys, EnforcedTables step, OrphanSettler settler)
{
    readonly HashSet<(EnforcedKeySql, string)> _settled = [];

    /// <summary>Leaves out what cannot be written yet: rows that come before their parents, and deletions that come before what their children became.</summary>
    public async Task LeaveOutAsync(StepReach reach, CancellationToken cancellation)
    {
        for (var found = true; found;)
        {
            found = false;
            foreach (var key in keys)
            {
                if (step.Has(key.Child) && await FindEarlyAsync(key, reach, cancellation) is { Count: > 0 } early)
                {
                    await step.LeaveOutAsync(key.Child, early, cancellation);
                    found = true;
                }
                if (!step.Has(key.Parent) || !MustWait(key.Parent, reach)) continue;
                if (await step.ReadAsync(key.Parent, key.Doomed(step.Has(key.Child)), cancellation) is not { Count: > 0 } doomed) continue;
                await step.LeaveOutAsync(key.Parent, doomed, cancellation);
                found = true;
            }
        }
    }

    /// <summary>Settles what would be refused in spite of the whole step, and nothing better is to come.</summary>
    public async Task SettleAsync(Applied applied, CancellationToken cancellation)
    {
        _settled.Clear();
        for (var found = true; found;)
        {
            found = false;
            foreach (var key in keys.Where(k => k.Settles is not null))
            {
                if (step.Has(key.Child)) found |= await SettleRefusedAsync(key, applied, cancellation);
                if (step.Has(key.Parent)) found |= await SettleDoomedAsync(key, applied, cancellation);
            }
        }
    }

    async Task<IReadOnlyCollection<PickedKey>> FindEarlyAsync(EnforcedKeySql key, StepReach reach, CancellationToken cancellation)
    {
        var waits = MustWait(key.Parent, reach);
        if (!waits && reach.Absent.Count == 0) return [];
        var refused = await step.ReadAsync(key.Child, key.Refused(step.Has(key.Parent)), cancellation);
        if (waits || refused.Count == 0 || key.Settles is null) return refused;
        // A parent that nobody here has ever heard of may be with somebody who is away.
        var settled = (await RefusedAsync(key, cancellation)).Select(r => r.Key).ToHashSet();
        return [.. refused.Where(r => !settled.Contains(r.Key))];
    }

    bool MustWait(TableSql parent, StepReach reach) =>
        reach.Cut.Count > 0 || HasDeferred(parent, reach) || keys.Any(k => k.Parent == parent && HasDeferred(k.Child, reach));

    bool HasDeferred(TableSql table, StepReach reach) => reach.Unsettled.Contains(table.Table.Id) || (step.Has(table) && step[table].HasDeferred);

    async Task<bool> SettleDoomedAsync(EnforcedKeySql key, Applied applied, CancellationToken cancellation)
    {
        var doomed = await step.ReadAsync(key.Parent, key.Doomed(step.Has(key.Child)), cancellation);
        if (doomed.Count == 0) return false;
        await settler.SettleAsync(key.Settles!, [.. doomed.Select(d => d.Key)], step[key.Parent].Trace, applied, cancellation, new OrphansOfStanding(
            MayGo: child => MayGoAsync(key, child, cancellation),
            RemoveAsync: child => step.DeleteAsync(key.Child, child, cancellation)));
        return true;
    }

    async Task<bool> MayGoAsync(EnforcedKeySql key, string child, CancellationToken cancellation)
    {
        if (await step.IsStagedAsync(key.Child, child, cancellation)) return false;
        if (_settled.Add((key, child))) return true;
        // It refers to a row that goes, still or again: its default is one.
        await step.DeleteAsync(key.Child, child, cancellation);
        return false;
    }

    async Task<bool> SettleRefusedAsync(EnforcedKeySql key, Applied applied, CancellationToken cancellation)
    {
        var refused = await RefusedAsync(key, cancellation);
        if (refused.Count == 0) return false;
        var gone = refused.Select(r => r.Key).ToHashSet();
        if (key.Settles!.StageColumns() is { } set)
        {
            await connection.ExecuteAsync(set, cancellation, [.. PgNodeReader.KeyArrays(gone, key.Child.KeyCount)]);
            // The default's parent may not be there either.
            gone.IntersectWith((await step.ReadAsync(key.Child, key.Refused(step.Has(key.Parent)), cancellation)).Select(r => r.Key));
        }
        if (gone.Count > 0) await connection.ExecuteAsync(key.Settles.StageAsGone(), cancellation, [.. PgNodeReader.KeyArrays(gone, key.Child.KeyCount)]);
        foreach (var (child, parent, version, row) in refused)
        {
            await using var command = connection.Command(key.Child.ReceivedRow(key.Child.StagedRows, 1), [.. RowKey.Split(child)]);
            var result = await command.ExecuteScalarAsync(cancellation) is string json ? JsonSerializer.Deserialize<Dictionary<string, string?>>(json) : null;
            await settler.RecordAsync(key.Settles, child, parent, step.Has(key.Parent) ? step[key.Parent].Trace : null, version, row, result, applied, cancellation);
        }
        return true;
    }

    // Rows whose parent was here once, or is deleted by this very step.
    async Task<List<(string Key, string Parent, RowVersion? Version, Dictionary<string, string?> Row)>> RefusedAsync(EnforcedKeySql key, CancellationToken cancellation)
    {
        var (refused, n, m) = (new List<(string Key, string Parent, RowVersion? Version, Dictionary<string, string?> Row)>(), key.Child.KeyCount, key.Parent.KeyCount);
        await using (var command = connection.Command(key.RefusedRows(step.Has(key.Parent))))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                RowVersion? version = await reader.IsDBNullAsync(n + m, cancellation) ? null
                    : new RowVersion(reader.GetInt32(n + m), ulong.Parse(reader.GetString(n + m + 1), CultureInfo.InvariantCulture), reader.GetDateTime(n + m + 2));
                refused.Add((RowKey.Join(Enumerable.Range(0, n).Select(reader.GetString)), RowKey.Join(Enumerable.Range(n, m).Select(reader.GetString)), version,
                    JsonSerializer.Deserialize<Dictionary<string, string?>>(reader.GetString(n + m + 3))!));
            }
        }
        if (refused.Count == 0) return refused;
        var known = await KnownAsync(key, [.. refused.Select(r => r.Parent).Distinct()], cancellation);
        refused.RemoveAll(r => !known.Contains(r.Parent));
        return refused;
    }

    async Task<HashSet<string>> KnownAsync(EnforcedKeySql key, IReadOnlyList<string> parents, CancellationToken cancellation)
    {
        var known = new HashSet<string>();
        await using (var command = connection.Command(key.Settles!.KnownParents(), [.. PgNodeReader.KeyArrays(parents, key.Parent.KeyCount)]))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) known.Add(RowKey.Join(Enumerable.Range(0, key.Parent.KeyCount).Select(reader.GetString)));
        }
        if (!step.Has(key.Parent)) return known;
        // Whoever refers to a staged row is refused because that one goes.
        foreach (var parent in parents.Except(known).ToList())
            if (await step.IsStagedAsync(key.Parent, parent, cancellation)) known.Add(parent);
        return known;
    }
}
