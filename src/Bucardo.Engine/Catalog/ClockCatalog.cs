using System.Globalization;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>How far the sources' clocks are off: <c>bucardo.db_clock</c>.</summary>
public sealed class ClockCatalog
{
    // Where the setting is gone: what it is by itself.
    const string Limit = "1";

    readonly ControlContext _context;

    internal ClockCatalog(ControlContext context) => _context = context;

    /// <summary>How far a clock may be off before that is worth a warning; zero: it is not looked at.</summary>
    public Task<TimeSpan> LimitAsync(CancellationToken cancellation) => _context.ReadAsync(async c =>
        TimeSpan.FromSeconds(double.Parse(await Query.ValueAsync<string>(c, "clock_limit", cancellation) ?? Limit, CultureInfo.InvariantCulture)), cancellation);

    /// <summary>Notes what was measured. A database that has been removed meanwhile is nothing to note.</summary>
    public Task NoteAsync(string database, TimeSpan offset, TimeSpan uncertainty, CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "clock_note", cancellation, database, offset, uncertainty), removing: false, cancellation);

    /// <summary>Per sync whose name matches, the sources' clocks.</summary>
    internal static async Task<ILookup<string, NodeClock>> LoadAsync(NpgsqlConnection connection, string? like, CancellationToken cancellation) =>
        (await Query.ListAsync(connection, "clock_list", r => (Sync: r.Get<string>("sync"), Clock: new NodeClock
        {
            Database = r.Get<string>("db"),
            Offset = TimeSpan.FromSeconds(r.Get<double>("clock_offset")),
            Uncertainty = TimeSpan.FromSeconds(r.Get<double>("uncertainty")),
            Measured = r.Get<DateTimeOffset>("measured"),
        }), cancellation, like)).ToLookup(c => c.Sync, c => c.Clock);
}
