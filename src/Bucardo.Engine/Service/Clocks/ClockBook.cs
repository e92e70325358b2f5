using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bucardo.Engine.Service.Clocks;

/// <summary>What the service knows of the sources' clocks: it says once when one is found to be off, and again when it is right. It never stops anything.</summary>
/// <param name="reader">Reads clocks.</param>
/// <param name="time">This machine's clock.</param>
/// <param name="publish">Writes a measurement where people look.</param>
/// <param name="log">The log.</param>
sealed class ClockBook(IClockReader reader, TimeProvider time, Func<string, ClockSample, Task> publish, ILogger log)
{
    readonly ClockMeter _meter = new(reader, time);
    readonly object _lock = new();
    readonly Dictionary<string, ClockSample> _samples = [];
    IReadOnlySet<string> _off = new HashSet<string>();

    /// <summary>How far a clock may be off; zero: nobody wants to know.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Measures a database's clock.</summary>
    /// <exception cref="TimeoutException">There was no answer; the connection is to be abandoned.</exception>
    public async Task MeasureAsync(NpgsqlConnection connection, string database, CancellationToken cancellation)
    {
        if (Limit <= TimeSpan.Zero) return;
        var sample = await _meter.MeasureAsync(connection, database, cancellation);
        Note(database, sample);
        await publish(database, sample);
    }

    /// <summary>Forgets databases that are not listened to any more.</summary>
    public void Keep(IReadOnlyCollection<string> databases)
    {
        lock (_lock)
        {
            foreach (var gone in _samples.Keys.Where(d => !databases.Contains(d)).ToList()) _samples.Remove(gone);
            _off = _off.Where(databases.Contains).ToHashSet();
        }
    }

    void Note(string database, ClockSample sample)
    {
        lock (_lock)
        {
            _samples[database] = sample;
            var off = ClockJudge.Off(_samples, Limit, _off);
            foreach (var name in off.Except(_off).Order(StringComparer.Ordinal)) log.LogWarning("{Problem}", ClockJudge.Explain(name, _samples[name], Limit));
            foreach (var name in _off.Except(off).Order(StringComparer.Ordinal)) log.LogInformation("The clock of database {Database} is right again.", name);
            _off = off;
        }
    }
}
