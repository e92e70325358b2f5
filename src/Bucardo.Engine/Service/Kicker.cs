using System.Globalization;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Sends kicks. Whoever waits gives the kick a token, and the service answers with the tokens of all kicks that a round has answered: so one knows that the
/// round began after the kick.
/// </summary>
static class Kicker
{
    public static async Task<KickResult> KickAsync(ControlDatabase control, string sync, TimeSpan? wait, CancellationToken cancellation)
    {
        if (wait is null)
        {
            await SyncOperations.NotifyAsync(control, Channels.Kick(sync), "", cancellation);
            return new KickResult { Sync = sync, Result = "Sent" };
        }
        var start = TimeProvider.System.GetTimestamp();
        await using var connection = await NodeConnection.OpenAsync(control.Settings, "the control database", "kick", cancellation);
        var token = Guid.NewGuid().ToString("N");
        string? answer = null;
        var failed = false;
        connection.Notification += (_, e) =>
        {
            if (!e.Payload.Contains(token)) return;
            failed = e.Channel == Channels.Failed(sync);
            answer = e.Payload;
        };
        await connection.ExecuteAsync($"LISTEN {Quote.Identifier(Channels.Done(sync))}; LISTEN {Quote.Identifier(Channels.Failed(sync))}", cancellation);
        await connection.ExecuteAsync("SELECT pg_catalog.pg_notify($1, $2)", cancellation, Channels.Kick(sync), token);
        while (answer is null)
        {
            var left = wait.Value - TimeProvider.System.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return new KickResult { Sync = sync, Result = "TimedOut", Elapsed = TimeProvider.System.GetElapsedTime(start) };
            await connection.HearAsync(left < TimeSpan.FromMinutes(1) ? left : TimeSpan.FromMinutes(1), cancellation);
        }
        return new KickResult
        {
            Sync = sync,
            Result = failed ? "Failed" : "Done",
            Elapsed = TimeProvider.System.GetElapsedTime(start),
            Run = await FindRunAsync(control, answer, cancellation),
        };
    }

    /// <summary>What the service answers: the run's number, then the tokens.</summary>
    public static string Answer(long run, IEnumerable<string> tokens) => string.Join(' ', tokens.Prepend(run.ToString(CultureInfo.InvariantCulture)));

    static async Task<SyncRun?> FindRunAsync(ControlDatabase control, string answer, CancellationToken cancellation)
    {
        if (!long.TryParse(answer.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == 0) return null;
        return (await control.SyncRuns.ListAsync(new SyncRunFilter { Id = id }, cancellation)).FirstOrDefault();
    }
}
