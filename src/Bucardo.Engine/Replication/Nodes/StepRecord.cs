using System.Globalization;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// What a node notes of a step in the transaction that applies it. It is sent together with COMMIT: one answer to wait for instead of two.
/// </summary>
sealed class StepRecord(string node, int sync, int timeline, long epoch, bool everyNodeLogs)
{
    readonly List<NpgsqlBatchCommand> _commands = [];

    /// <summary>Forgets what was to be noted by a transaction that is over.</summary>
    public void Clear() => _commands.Clear();

    /// <summary>Gives tables a context of their own.</summary>
    public void KeepContexts(IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held) => _commands.Add(HeldProgress.Hold(sync, held));

    /// <summary>Wakes another sync that takes on what was applied: the triggers do not see it.</summary>
    public void Kick(string other) =>
        _commands.Add(new("SELECT pg_notify($1, $2)") { Parameters = { new() { Value = CaptureSql.KickChannel }, new() { Value = CaptureSql.KickPayload + other } } });

    /// <summary>Notes progress, of one table where it has a context of its own.</summary>
    public void Add(IReadOnlyDictionary<int, OriginProgress> progress, int? lane, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, ulong purged)
    {
        _commands.Add(new(SqlText.Load("Replication/Sql/count_round.sql"))
        {
            Parameters = { new() { Value = sync }, new() { Value = timeline }, new() { Value = epoch }, new() { Value = (decimal)purged } },
        });
        if (lane is { } table) _commands.AddRange([HeldProgress.Record(sync, table, progress), HeldProgress.Release(sync, table)]);
        else _commands.Add(Progress(progress, deferred));
        if (!deferredChanged) return;
        _commands.Add(new("DELETE FROM bucardo_node.deferred WHERE sync = $1") { Parameters = { new() { Value = sync } } });
        _commands.Add(DeferredVersions.Record(sync, deferred));
    }

    /// <summary>Notes it all and commits.</summary>
    /// <exception cref="StaleRoundException">Something was purged since the round's snapshot.</exception>
    public async Task CommitAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in _commands) batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new("COMMIT"));
        _commands.Clear();
        try
        {
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DivisionByZero)
        {
            throw new StaleRoundException(node);
        }
    }

    NpgsqlBatchCommand Progress(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred) => new(SqlText.Load("Replication/Sql/progress.sql"))
    {
        Parameters =
        {
            new() { Value = sync },
            new() { Value = progress.Keys.ToArray() },
            new() { Value = progress.Values.Select(p => p.Seen.ToString()).ToArray() },
            new() { Value = progress.Values.Select(p => p.Floor.ToString()).ToArray() },
            new() { Value = progress.Values.Select(p => p.Part?.Xid.ToString(CultureInfo.InvariantCulture)).ToArray() },
            new() { Value = progress.Values.Select(p => p.Part?.Sequence).ToArray() },
            new() { Value = progress.Values.Select(p => p.Timeline.Number == 0 ? null : (int?)p.Timeline.Number).ToArray() },
            new() { Value = progress.Values.Select(p => XidText(p.Timeline.Start)).ToArray() },
            new() { Value = (object?)PastContexts.ToJson(deferred) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = everyNodeLogs },
            new() { Value = progress.Values.Select(p => XidText(p.Timeline.Shared)).ToArray() },
            new() { Value = progress.Values.Select(p => p.IsIncomplete).ToArray() },
        },
    };

    static string? XidText(ulong xid) => xid == 0 ? null : xid.ToString(CultureInfo.InvariantCulture);
}
