using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Service.Clocks;
using Bucardo.Model;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Listens on one source for kicks from its triggers. When the connection comes back, everything is kicked, for kicks may have been missed;
/// so it is again while transactions are under way that have not seen it listen. While nobody needs to be told, the triggers say nothing. Now and then it looks at the source's clock.
/// </summary>
sealed class NodeListener(Member member, Action<string> kick, Action kickAll, KickNeed need, ClockBook clocks, TimeSpan clockInterval, TimeProvider time, ILogger log)
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
                Presence? presence = null;
                for (var nextLook = DateTimeOffset.MinValue; ;)
                {
                    var changed = need.Changed;
                    if (need.Of(member.Name)) presence ??= new Presence(connection, time);
                    else if (presence is not null)
                    {
                        await presence.EndAsync(cancellation);
                        presence = null;
                    }
                    if (time.GetUtcNow() >= presence?.NextLook)
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
                    if (presence?.NextLook is { } next) wait = Min(wait, next - time.GetUtcNow());
                    // Now and then a query shows that the connection is alive: a black hole sends no error.
                    if (!await HearAsync(connection, wait, changed, cancellation)) await connection.PingAsync(cancellation);
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

    // False: nothing came for as long as that.
    static async Task<bool> HearAsync(NpgsqlConnection connection, TimeSpan wait, CancellationToken changed, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(changed, cancellation);
        try
        {
            return await connection.HearAsync(wait, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // What is waited for does not come over the connection, which is as it was.
            return true;
        }
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
