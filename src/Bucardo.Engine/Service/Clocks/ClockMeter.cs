using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Service.Clocks;

/// <summary>Reads a database's clock; a seam for tests, which cannot set the machine's.</summary>
public interface IClockReader
{
    /// <summary>The database's time at the moment.</summary>
    Task<DateTimeOffset> ReadAsync(NpgsqlConnection connection, string database, CancellationToken cancellation);
}

/// <summary>The clock that changes are dated by.</summary>
public sealed class ServerClock : IClockReader
{
    /// <summary>The only instance.</summary>
    public static ServerClock Instance { get; } = new();

    /// <inheritdoc/>
    public async Task<DateTimeOffset> ReadAsync(NpgsqlConnection connection, string database, CancellationToken cancellation)
    {
        await using var command = connection.Command("SELECT clock_timestamp()");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellation))!);
    }
}

/// <summary>Measures how far a database's clock is off: several questions, of which the one that was answered fastest counts.</summary>
/// <param name="reader">Reads the clock.</param>
/// <param name="time">This machine's clock.</param>
sealed class ClockMeter(IClockReader reader, TimeProvider time)
{
    const int Questions = 5;

    // A black hole sends no error.
    static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    /// <exception cref="TimeoutException">There was no answer; the connection is to be abandoned.</exception>
    public async Task<ClockSample> MeasureAsync(NpgsqlConnection connection, string database, CancellationToken cancellation)
    {
        ClockSample? best = null;
        for (var i = 0; i < Questions; i++)
        {
            var (asked, start) = (time.GetUtcNow(), time.GetTimestamp());
            var answer = await reader.ReadAsync(connection, database, cancellation).WaitAsync(s_longest, cancellation);
            var sample = ClockSample.Of(asked, answer, time.GetElapsedTime(start));
            if (best is null || sample.RoundTrip < best.Value.RoundTrip) best = sample;
        }
        return best!.Value;
    }
}
