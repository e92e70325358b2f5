using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service.Clocks;

/// <summary>Looks at the clocks of a sync's sources once; targets date nothing.</summary>
static class ClockValidator
{
    public static async Task<IReadOnlyList<Problem>> ValidateAsync(SyncDefinition definition, TimeSpan limit, IClockReader reader, CancellationToken cancellation)
    {
        if (limit <= TimeSpan.Zero) return [];
        var sources = definition.Members.Where(m => m.Role == DatabaseRole.Source && m.Status != DatabaseStatus.Inactive).ToList();
        var measured = await Task.WhenAll(sources.Select(m => MeasureAsync(m, reader, cancellation)));
        var samples = sources.Zip(measured).Where(m => m.Second is not null).ToDictionary(m => m.First.Name, m => m.Second!.Value);
        return [.. ClockJudge.Off(samples, limit, new HashSet<string>()).Order(StringComparer.Ordinal).Select(d =>
            new Problem("ClockOff", d, d, ClockJudge.Explain(d, samples[d], limit)) { Severity = ProblemSeverity.Warning })];
    }

    // Who cannot be reached is somebody else's finding.
    static async Task<ClockSample?> MeasureAsync(Member member, IClockReader reader, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "clock", cancellation);
            return await new ClockMeter(reader, TimeProvider.System).MeasureAsync(connection, member.Name, cancellation);
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException or TimeoutException or IOException)
        {
            return null;
        }
    }
}
