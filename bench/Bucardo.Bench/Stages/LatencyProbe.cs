using System.Diagnostics;
using Npgsql;

namespace Bucardo.Bench.Stages;

/// <summary>Commits a row on a source and looks, about every millisecond, until it is visible on a target.</summary>
sealed class LatencyProbe(NpgsqlConnection source, NpgsqlConnection target, TimeSpan limit)
{
    long _last = -1;

    /// <summary>Milliseconds from the commit's return to the first look that sees it; null: longer than the limit.</summary>
    public async Task<double?> NextAsync(CancellationToken cancellation)
    {
        if (_last < 0)
        {
            await using var highest = new NpgsqlCommand($"SELECT coalesce(max(id), 0) FROM {Workload.Latency}", source);
            _last = (long)(await highest.ExecuteScalarAsync(cancellation))!;
        }
        var id = ++_last;
        await using var insert = new NpgsqlCommand($"INSERT INTO {Workload.Latency} VALUES ({id}, repeat('x', 40))", source);
        await using var look = new NpgsqlCommand($"SELECT 1 FROM {Workload.Latency} WHERE id = {id}", target);
        await insert.ExecuteNonQueryAsync(cancellation);
        var clock = Stopwatch.StartNew();
        while (await look.ExecuteScalarAsync(cancellation) is null)
        {
            if (clock.Elapsed > limit) return null;
            await Task.Delay(1, cancellation);
        }
        return clock.Elapsed.TotalMilliseconds;
    }
}
