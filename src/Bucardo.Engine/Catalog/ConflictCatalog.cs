using System.Text.Json;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>History of the conflicts: <c>bucardo.conflict</c>.</summary>
public sealed class ConflictCatalog
{
    readonly ControlContext _context;

    internal ConflictCatalog(ControlContext context) => _context = context;

    /// <summary>Takes over what a node has recorded; what is there already is left alone.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="database">Name of the node.</param>
    /// <param name="conflicts">Rows of <c>bucardo_node.conflict</c> as a JSON array.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<int> AddAsync(Sync sync, string database, string conflicts, CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "conflict_add", cancellation, sync.Id, sync.Name, database, conflicts), removing: false, cancellation);

    /// <summary>Conflicts, newest first; null: all.</summary>
    public Task<IReadOnlyList<Conflict>> ListAsync(ConflictFilter? filter = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<Conflict>>(async c => await ListAsync(c, filter ?? new ConflictFilter(), cancellation), cancellation);

    /// <summary>One conflict.</summary>
    /// <exception cref="BucardoException">ConflictNotFound.</exception>
    public async Task<Conflict> GetAsync(long id, CancellationToken cancellation) =>
        (await ListAsync(new ConflictFilter { Id = id }, cancellation)).FirstOrDefault()
        ?? throw new BucardoException("ConflictNotFound", ErrorKind.NotFound, $"There is no conflict {id} in the control database: it was cleared, or it is older than conflict_history_days.");

    /// <summary>Removes conflicts from the history; returns how many.</summary>
    /// <param name="sync">Name of the sync, wildcards allowed; null: of all.</param>
    /// <param name="before">Only those decided before this time.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<int> ClearAsync(string? sync, DateTimeOffset? before, CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "conflict_clear", cancellation, Names.Like(sync), before?.ToUniversalTime()), removing: true, cancellation);

    /// <summary>Removes what is older than the setting <c>conflict_history_days</c>; returns how many.</summary>
    public Task<int> PurgeAsync(CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "conflict_purge", cancellation), removing: true, cancellation);

    /// <summary>Notes that the losing row was brought back on a database.</summary>
    public Task<int> SetRestoredAsync(long id, string database, CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "conflict_restored", cancellation, id, database), removing: false, cancellation);

    static async Task<List<Conflict>> ListAsync(NpgsqlConnection connection, ConflictFilter filter, CancellationToken cancellation)
    {
        var tables = filter.Table is null ? null
            : TablePattern.Parse(filter.Table).Select(await Query.ListAsync(connection, "conflict_tables", r => (r.GetString(0), r.GetString(1)), cancellation, Names.Like(filter.Sync)), t => t);
        if (tables is { Count: 0 }) return [];
        return await Query.ListAsync(connection, "conflict_list", Read, cancellation, filter.Id, Names.Like(filter.Sync),
            tables?.Select(t => t.Item1).ToArray(), tables?.Select(t => t.Item2).ToArray(), filter.Key is { } key ? JsonSerializer.Serialize(key) : null,
            Names.Like(filter.Winner), Names.Like(filter.Loser), filter.Kind is { } kind ? Rows.Word(kind) : null, Names.Like(filter.Strategy),
            filter.Since?.ToUniversalTime(), filter.Until?.ToUniversalTime(), filter.First is { } first ? (long)first : null);
    }

    static Conflict Read(NpgsqlDataReader r) => new()
    {
        Id = r.Get<long>("id"),
        Sync = r.Get<string>("syncname"),
        Schema = r.Get<string>("schemaname"),
        TableName = r.Get<string>("tablename"),
        Key = JsonSerializer.Deserialize<string[]>(r.Get<string>("key"))!,
        Kind = Rows.ConflictKindOf(r.Get<string>("kind")),
        Constraint = r.Text("constraint_name"),
        Strategy = r.Get<string>("strategy"),
        Outcome = r.Get<string>("outcome") == "merged" ? ConflictOutcome.Merged : ConflictOutcome.Winner,
        Decided = r.Get<DateTimeOffset>("decided"),
        DecidedOn = r.Get<string>("decided_on"),
        Winner = r.Get<string>("winner"),
        WinnerTime = r.Get<DateTimeOffset>("winner_at"),
        WinnerRow = Row(r, "winner_row"),
        Loser = r.Text("loser"),
        LoserTime = r.GetNullable<DateTimeOffset>("loser_at"),
        LoserRow = Row(r, "loser_row"),
        ResultRow = Row(r, "result_row"),
        Restored = r.GetNullable<DateTimeOffset>("restored"),
        RestoredOn = r.Text("restored_on"),
    };

    // In the order of the table's columns; a plain dictionary, so that PowerShell shows and reads it as a table of its own.
    static Dictionary<string, string?>? Row(NpgsqlDataReader r, string column) =>
        r.Text(column) is { } json ? JsonSerializer.Deserialize<Dictionary<string, string?>>(json) : null;
}
