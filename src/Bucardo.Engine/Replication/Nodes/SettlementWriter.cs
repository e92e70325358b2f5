using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes.Enforced;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>Makes resolutions of conflicts changes of the node's own, in the transaction that applies the step.</summary>
sealed class SettlementWriter(
    NpgsqlConnection connection, string node, bool isSource, bool asReplica, PgNodeWriter step, ConflictRecorder conflicts, EnforcedStep enforced, ApplyTransaction transaction, RowWriter writer)
{
    /// <summary>Writes them. Keys that moved since the snapshot, and rows that the table refuses, are left out and their settlements returned.</summary>
    public async Task<IReadOnlyList<Settlement>> SettleAsync(
        TableSql table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation)
    {
        var busy = new HashSet<string>();
        if (isSource) busy.UnionWith(await PgNodeWriter.ReadKeysAsync(KeysCommand(table, table.LockRows(table.KeyRows()), settlements), table, cancellation));
        busy.UnionWith(await PgNodeWriter.ReadKeysAsync(KeysCommand(table, table.Moved(table.KeyRows(), snapshot), settlements), table, cancellation));
        var merged = settlements.Where(s => (s.Resolution.Row is not null || s.Resolution.State is not null) && !busy.Contains(s.Key)).ToList();
        var refused = applied.Refused.Count;
        if (!asReplica)
        {
            busy.UnionWith(await TryMergedAsync(table, [.. merged.Where(m => m.Resolution.IsCustom)], applied, cancellation));
            IReadOnlyList<Settlement> free = [.. settlements.Where(s => !busy.Contains(s.Key))];
            await enforced.SettleAsync(table, free, [.. merged.Where(m => !busy.Contains(m.Key)).Select(table.RowOf)], snapshot, strategy, cancellation);
            applied.Deferred += settlements.Count - free.Count - (applied.Refused.Count - refused);
            return [.. settlements.Except(free)];
        }
        if (merged.Count > 0) busy.UnionWith(await ApplyMergedAsync(table, merged, snapshot, strategy, applied, cancellation));
        var settled = settlements.Where(s => !busy.Contains(s.Key)).ToList();
        if (settled.Count > 0)
        {
            await using (var rows = KeysCommand(table, table.LogRows(table.KeyRows()), settled)) await rows.ExecuteNonQueryAsync(cancellation);
            await using (var deletions = KeysCommand(table, table.LogDeletions(table.KeyRows()), settled)) await deletions.ExecuteNonQueryAsync(cancellation);
        }
        applied.Settled += settled.Count;
        await conflicts.RecordAsync(table.Table, [.. settled.SelectMany(DecidedConflict.Of)], cancellation);
        // What waits for its code to be mended is no reason to try again soon.
        applied.Deferred += settlements.Count - settled.Count - (applied.Refused.Count - refused);
        return [.. settlements.Except(settled)];
    }

    // Returns the keys that were left out. What custom code has made may be a row that the table refuses: then only that one is.
    async Task<IReadOnlyList<string>> ApplyMergedAsync(
        TableSql table, IReadOnlyList<Settlement> merged, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation)
    {
        var isCustom = merged.Any(m => m.Resolution.IsCustom);
        var before = applied with { };
        if (isCustom) await transaction.SaveAsync("bucardo_settle", cancellation);
        try
        {
            return [.. (await step.ApplyAsync(table, [.. merged.Select(table.RowOf)], snapshot, strategy, log: false, applied, cancellation)).Select(k => k.Key)];
        }
        catch (PostgresException e) when (isCustom && RefusesRow(e))
        {
            await transaction.RollbackToAsync("bucardo_settle", cancellation);
            (applied.Inserts, applied.Updates, applied.Deletes, applied.Clashes) = (before.Inserts, before.Updates, before.Deletes, before.Clashes);
            if (merged is [var one])
            {
                applied.Refused.Add(new UndecidedConflict(table.Table.Id, one.Key, node, e.MessageText) { IsRefused = true });
                return [one.Key];
            }
            var left = new List<string>();
            foreach (var settlement in merged) left.AddRange(await ApplyMergedAsync(table, [settlement], snapshot, strategy, applied, cancellation));
            return left;
        }
    }

    // The same where rows are written at the end of the step, when it would be too late: each row is tried, and taken back.
    async Task<IReadOnlyList<string>> TryMergedAsync(TableSql table, IReadOnlyList<Settlement> custom, Applied applied, CancellationToken cancellation)
    {
        var left = new List<string>();
        foreach (var settlement in custom)
        {
            await transaction.SaveAsync("bucardo_settle", cancellation);
            try
            {
                if (table.UpdateRows(table.ArrayRows()) is { } update) await writer.RunAsync(update, [table.RowOf(settlement)], table, cancellation);
                await writer.RunAsync(table.InsertRows(table.ArrayRows()), [table.RowOf(settlement)], table, cancellation);
            }
            catch (PostgresException e)
            {
                // What another row stands in the way of is settled at the end.
                if (RefusesRow(e) && e.SqlState is not (PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation or PostgresErrorCodes.RestrictViolation))
                {
                    applied.Refused.Add(new UndecidedConflict(table.Table.Id, settlement.Key, node, e.MessageText) { IsRefused = true });
                    left.Add(settlement.Key);
                }
            }
            await transaction.RollbackToAsync("bucardo_settle", cancellation);
        }
        return left;
    }

    // A value that is none of its type, a constraint, a trigger that says no.
    static bool RefusesRow(PostgresException e) => e.SqlState[..2] is "22" or "23" or "P0";

    NpgsqlCommand KeysCommand(TableSql table, string sql, IReadOnlyList<Settlement> settlements) =>
        connection.Command(sql, [.. PgNodeReader.KeyArrays([.. settlements.Select(s => s.Key)], table.KeyCount)]);
}
