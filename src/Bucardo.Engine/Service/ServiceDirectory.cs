using System.Globalization;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Which services run. A service is alive as long as it holds its advisory lock on the control database, so a killed one is gone at once and no heartbeat is needed.
/// </summary>
public static class ServiceDirectory
{
    /// <summary>Lock class of services; the object is the service's id.</summary>
    public const int ServiceLock = 0x42554341;

    /// <summary>Lock class of claims; the object is the sync's id.</summary>
    public const int SyncLock = 0x42554342;

    /// <summary>The services that are alive.</summary>
    public static async Task<IReadOnlyList<ServiceInfo>> ListAsync(ControlDatabase control, CancellationToken cancellation)
    {
        try
        {
            await using var command = control.DataSource.CreateCommand(SqlText.Load("Service/Sql/services.sql"));
            command.Parameters.Add(new() { Value = (long)ServiceLock });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var services = new List<ServiceInfo>();
            while (await reader.ReadAsync(cancellation))
            {
                services.Add(new ServiceInfo
                {
                    Id = reader.GetInt64(0),
                    HostName = reader.GetString(1),
                    ProcessId = reader.GetInt32(2),
                    Version = reader.GetString(3),
                    Started = reader.GetFieldValue<DateTimeOffset>(4),
                    Syncs = reader.GetFieldValue<string[]>(5),
                });
            }
            return services;
        }
        catch (NpgsqlException e) when (!cancellation.IsCancellationRequested)
        {
            throw ConnectionErrors.Translate(e, control.Settings, "the control database");
        }
    }

    /// <summary>Tells services to stop and waits until they have.</summary>
    /// <exception cref="BucardoException">ServiceStillRunning: one has not stopped in time.</exception>
    public static async Task StopAsync(ControlDatabase control, IReadOnlyList<ServiceInfo> running, TimeSpan timeout, CancellationToken cancellation)
    {
        if (running.Count == 0) return;
        foreach (var service in running)
            await SyncOperations.NotifyAsync(control, Channels.FullStop, service.Id.ToString(CultureInfo.InvariantCulture), cancellation);
        var end = TimeProvider.System.GetTimestamp();
        while ((await ListAsync(control, cancellation)).Where(s => running.Any(r => r.Id == s.Id)).ToList() is { Count: > 0 } left)
        {
            if (TimeProvider.System.GetElapsedTime(end) > timeout)
                throw new BucardoException("ServiceStillRunning", ErrorKind.Timeout, $"The service {left[0]} has not stopped within {timeout.TotalSeconds:0} s: it may be finishing a round; wait, or end its process (nothing is lost).");
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }
}
