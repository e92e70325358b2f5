using System.Text.Json;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>History of the syncs: <c>bucardo.syncrun</c>.</summary>
public sealed class SyncRunCatalog
{
    readonly ControlContext _context;

    internal SyncRunCatalog(ControlContext context) => _context = context;

    /// <summary>Notes the start of a round. One that was begun before and never ended is closed as failed: its process is gone.</summary>
    /// <returns>The number of the run, for <see cref="FinishAsync"/>.</returns>
    /// <exception cref="BucardoException">SyncNotFound.</exception>
    public Task<long> StartAsync(string sync, CancellationToken cancellation) =>
        _context.WriteAsync(c => BeginAsync(c, sync, null, cancellation), removing: false, cancellation);

    /// <summary>Notes the end of a round that <see cref="StartAsync"/> began; <see cref="SyncRun.Id"/> says which. Without an end, now is
    /// taken.</summary>
    /// <exception cref="BucardoException">RunNotFound, InvalidValue.</exception>
    public Task<SyncRun> FinishAsync(SyncRun run, CancellationToken cancellation) =>
        _context.WriteAsync(c => EndAsync(c, run, cancellation), removing: false, cancellation);

    /// <summary>Notes a whole round at once.</summary>
    /// <exception cref="BucardoException">SyncNotFound, InvalidValue.</exception>
    public Task<SyncRun> RecordAsync(SyncRun run, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        var id = await BeginAsync(connection, run.Sync, run.Started, cancellation);
        return await EndAsync(connection, run with { Id = id }, cancellation);
    }, removing: false, cancellation);

    /// <summary>Runs, newest first; null: all.</summary>
    public Task<IReadOnlyList<SyncRun>> ListAsync(SyncRunFilter? filter = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<SyncRun>>(async c =>
            await Query.ListAsync(c, "run_list", Run, cancellation, Names.Like(filter?.Sync),
            filter?.Outcome is { } outcome ? Rows.Word(outcome) : null, filter?.Since?.ToUniversalTime(), filter?.Id,
                filter?.Last is { } last ? (long)last : null), cancellation);

    /// <summary>The state of each sync whose name matches (wildcards * % ?), in one line, by name; null: all.</summary>
    public Task<IReadOnlyList<SyncState>> StatesAsync(string? pattern = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<SyncState>>(async c =>
        {
            var clocks = await ClockCatalog.LoadAsync(c, Names.Like(pattern), cancellation);
            return [.. (await Query.ListAsync(c, "run_states", State, cancellation, Names.Like(pattern))).Select(s => s with { Clocks = [.. clocks[s.Name]] })];
        }, cancellation);

    /// <summary>Removes rounds that are over from the history; returns how many.</summary>
    /// <param name="sync">Name of the sync, wildcards allowed; null: of all.</param>
    /// <param name="before">Only those that ended before this time.</param>
    /// <param name="id">Only the round with this number.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<int> ClearAsync(string? sync, DateTimeOffset? before, long? id, CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "run_clear", cancellation, Names.Like(sync), before?.ToUniversalTime(), id), removing: true, cancellation);

    /// <summary>Removes what is older than the setting <c>run_history_days</c>; returns how many.</summary>
    public Task<int> PurgeAsync(CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "run_purge", cancellation), removing: true, cancellation);

    // The sync's row is locked, so that two recorders cannot both set the marks lastgood, lastbad and lastempty.
    static async Task<long> BeginAsync(NpgsqlConnection connection, string sync, DateTimeOffset? started, CancellationToken cancellation)
    {
        if (await Query.ValueAsync<string>(connection, "run_lock_sync", cancellation, sync) is null) await SyncCatalog.FindAsync(
            connection, sync, cancellation);
        if ((await Query.ListAsync(connection, "run_open", r => r.GetInt64(0), cancellation, sync)).Count > 0)
        {
            await Query.ExecuteAsync(connection, "run_unmark", cancellation, sync, Rows.Word(RunOutcome.Bad));
            await Query.ExecuteAsync(connection, "run_abandon", cancellation, sync);
        }
        return await Query.ValueAsync<long>(connection, "run_start", cancellation, sync, Time(started));
    }

    static async Task<SyncRun> EndAsync(NpgsqlConnection connection, SyncRun run, CancellationToken cancellation)
    {
        if (run.Outcome == RunOutcome.Running) throw new BucardoException("InvalidValue", ErrorKind.InvalidArgument,
            $"The round of sync '{run.Sync}' cannot be noted as ended while its outcome is Running.");
        var found = await Query.ListAsync(connection, "run_get", r => r.Text("sync"), cancellation, run.Id);
        if (found.Count == 0) throw new BucardoException("RunNotFound", ErrorKind.NotFound,
            $"There is no run {run.Id} of sync '{run.Sync}' in the control database; its history was purged.");
        var outcome = Rows.Word(run.Outcome);
        if (found[0] is { } sync)
        {
            await Query.ValueAsync<string>(connection, "run_lock_sync", cancellation, sync);
            await Query.ExecuteAsync(connection, "run_unmark", cancellation, sync, outcome);
        }
        await Query.ExecuteAsync(connection, "run_finish", cancellation, run.Id, Time(run.Started),
            Time(run.Ended) ?? DateTimeOffset.UtcNow, outcome, run.Inserts, run.Updates, run.Deletes,
            run.Truncates, run.Conflicts, run.Deferred, JsonSerializer.Serialize(run.Problems), run.Status);
        return (await Query.ListAsync(connection, "run_list", Run, cancellation, null, null, null, run.Id, null))[0];
    }

    // A time that was never set is not a time.
    static DateTimeOffset? Time(DateTimeOffset? time) => time is null || time == default(DateTimeOffset) ? null
        : time.Value.ToUniversalTime();

    static SyncRun Run(NpgsqlDataReader r) => new()
    {
        Id = r.Get<long>("id"),
        Sync = r.Get<string>("syncname"),
        Outcome = Rows.OutcomeOf(r.Get<string>("outcome")),
        Started = r.Get<DateTimeOffset>("started"),
        Ended = r.GetNullable<DateTimeOffset>("ended"),
        Inserts = r.Get<long>("inserts"),
        Updates = r.Get<long>("updates"),
        Deletes = r.Get<long>("deletes"),
        Truncates = r.Get<long>("truncates"),
        Conflicts = r.Get<long>("conflicts"),
        Deferred = r.Get<long>("deferred"),
        Status = r.Text("status"),
        Problems = JsonSerializer.Deserialize<NodeProblem[]>(r.Get<string>("problems")) ?? [],
    };

    static SyncState State(NpgsqlDataReader r) => new()
    {
        Name = r.Get<string>("name"),
        State = r.Get<string>("state"),
        LastGood = r.GetNullable<DateTimeOffset>("lastgood"),
        LastGoodDuration = r.GetNullable<double>("duration") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Inserts = r.Get<long>("inserts"),
        Deletes = r.Get<long>("deletes"),
        Conflicts = r.Get<long>("conflicts"),
        RecentConflicts = r.Get<long>("recent_conflicts"),
        LastBad = r.GetNullable<DateTimeOffset>("lastbad"),
        LastError = r.Text("lasterror"),
        LastStatus = r.Text("laststatus"),
        Served = r.Get<bool>("served"),
    };
}
