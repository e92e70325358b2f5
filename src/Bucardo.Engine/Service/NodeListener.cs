using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Service.Clocks;
using Bucardo.Model;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Listens on one source for kicks from its triggers. When the connection comes back, everything is kicked, for kicks may have been missed;
/// so it is again while transactions are under way that have not seen it listen. Now and then it looks at the source's clock.
/// </summary>
sealed class NodeListener(Member member, Action<string> kick, Action kickAll, ClockBook clocks, TimeSpan clockInterval, TimeProvider time, ILogger log)
{
    static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(30);
    static readonly TimeSpan s_ping = TimeSpan.FromSeconds(10);

    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var failures = 0; !cancellation.IsCancellationRequested;)
        {
            NpgsqlConnection? connection = null;
            try
            {
                connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "listen", cancellation);
                connection.Notification += (_, e) =>
                {
                    if (e.Payload.StartsWith(Channels.KickPayload, StringComparison.Ordinal)) kick(e.Payload[Channels.KickPayload.Length..]);
                };
                await connection.ExecuteAsync($"LISTEN {Quote.Identifier(Channels.Node)}", cancellation);
                failures = 0;
                var presence = new Presence(connection, time);
                for (var nextLook = DateTimeOffset.MinValue; ;)
                {
                    if (time.GetUtcNow() >= presence.NextLook)
                    {
                        await presence.LookAsync(cancellation);
                        kickAll();
                    }
                    if (time.GetUtcNow() >= nextLook)
                    {
                        await clocks.MeasureAsync(connection, member.Name, cancellation);
                        nextLook = time.GetUtcNow() + clockInterval;
                    }
                    var wait = Min(s_ping, clockInterval);
                    if (presence.NextLook is { } next) wait = Min(wait, next - time.GetUtcNow());
                    // Now and then a query shows that the connection is alive: a black hole sends no error.
                    if (!await connection.HearAsync(wait, cancellation)) await connection.PingAsync(cancellation);
                }
            }
            catch (Exception e) when (e is NpgsqlException or BucardoException or IOException or InvalidOperationException or TimeoutException && !cancellation.IsCancellationRequested)
            {
                failures++;
                var wait = TimeSpan.FromMilliseconds(Math.Min(s_longestWait.TotalMilliseconds, 250 * Math.Pow(2, Math.Min(failures, 10))));
                log.LogWarning("Cannot listen to database {Database}: {Reason} Next attempt in {Seconds:0.#} s.", member.Name, e.Message, wait.TotalSeconds);
                await Task.Delay(wait, time, cancellation);
            }
            finally
            {
                if (connection is not null) await connection.AbandonAsync();
            }
        }
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
