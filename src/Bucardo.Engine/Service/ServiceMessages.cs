using System.Globalization;
using System.Text;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>What is said to running services, and what they answer.</summary>
public static class ServiceMessages
{
    // A NOTIFY carries 8000 bytes at most.
    const int LongestMessage = 7900;

    /// <summary>Asks services whether they are there, and waits for their answers.</summary>
    /// <returns>One entry for each of them.</returns>
    public static async Task<IReadOnlyList<ServicePing>> PingAsync(ControlDatabase control, IReadOnlyList<ServiceInfo> services, TimeSpan timeout, CancellationToken cancellation)
    {
        if (services.Count == 0) return [];
        var (token, answers) = (Guid.NewGuid().ToString("N"), new Dictionary<long, TimeSpan>());
        await using var connection = await NodeConnection.OpenAsync(control.Settings, "the control database", "ping", cancellation);
        var start = TimeProvider.System.GetTimestamp();
        connection.Notification += (_, e) =>
        {
            if (e.Payload.Split(' ') is [var mine, var id] && mine == token && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var service) && services.Any(s => s.Id == service))
                answers.TryAdd(service, TimeProvider.System.GetElapsedTime(start));
        };
        await connection.ExecuteAsync($"LISTEN {Quote.Identifier(Channels.Pong)}", cancellation);
        start = TimeProvider.System.GetTimestamp();
        await connection.ExecuteAsync("SELECT pg_catalog.pg_notify($1, $2)", cancellation, Channels.Ping, token);
        while (answers.Count < services.Count && timeout - TimeProvider.System.GetElapsedTime(start) is var left && left > TimeSpan.Zero) await connection.HearAsync(left, cancellation);
        return [.. services.Select(s => new ServicePing
        {
            HostName = s.HostName, ProcessId = s.ProcessId, Answered = answers.ContainsKey(s.Id), ResponseTime = answers.TryGetValue(s.Id, out var took) ? took : null,
        })];
    }

    /// <summary>Has all services write a text into their logs.</summary>
    /// <exception cref="BucardoException">ServiceNotRunning, MessageTooLong.</exception>
    public static async Task<IReadOnlyList<ServiceInfo>> WriteLogAsync(ControlDatabase control, string text, CancellationToken cancellation)
    {
        if (Encoding.UTF8.GetByteCount(text) > LongestMessage)
            throw new BucardoException("MessageTooLong", ErrorKind.InvalidArgument, $"A message for the service's log can have {LongestMessage} bytes at most: shorten it, or write it in parts.");
        var services = await ServiceDirectory.ListAsync(control, cancellation);
        if (services.Count == 0)
            throw new BucardoException("ServiceNotRunning", ErrorKind.InvalidOperation, "No service is running that could write the message into its log: start one with Start-BucardoService.");
        await SyncOperations.NotifyAsync(control, Channels.LogMessage, text, cancellation);
        return services;
    }
}
