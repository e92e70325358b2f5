using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// The service's hold on the control database: its entry in the directory, its claims, and the notifications that come in. When a connection breaks,
/// all of it is gone together; the service makes a new one.
/// </summary>
sealed class ControlSession : IAsyncDisposable
{
    // Seconds. Nothing that is run here takes long.
    const int CommandTimeout = 30;

    readonly NpgsqlConnection _claims;
    readonly NpgsqlConnection _listener;
    readonly SemaphoreSlim _turn = new(1);
    readonly HashSet<string> _channels = [];
    readonly long _id;

    ControlSession(ControlDatabase control, NpgsqlConnection claims, NpgsqlConnection listener, long id) =>
        (Control, _claims, _listener, _id) = (control, claims, listener, id);

    public ControlDatabase Control { get; }

    public static async Task<ControlSession> OpenAsync(ConnectionSettings settings, Action<string, string> notified, CancellationToken cancellation)
    {
        var control = await ControlDatabase.OpenAsync(settings, cancellation);
        NpgsqlConnection? claims = null;
        NpgsqlConnection? listener = null;
        try
        {
            claims = await NodeConnection.OpenAsync(settings, "the control database", "service", cancellation, CommandTimeout);
            listener = await NodeConnection.OpenAsync(settings, "the control database", "listen", cancellation, CommandTimeout);
            listener.Notification += (_, e) => notified(e.Channel, e.Payload);
            await claims.ExecuteAsync(SqlText.Load("Service/Sql/services_gone.sql"), cancellation, (long)ServiceDirectory.ServiceLock);
            // The entry and the lock that says it is alive come together, so that nobody takes it for a dead one's.
            await using var transaction = await claims.BeginTransactionAsync(cancellation);
            await using var start = claims.Command(SqlText.Load("Service/Sql/service_start.sql"), Environment.MachineName, Environment.ProcessId, ServiceVersion.Text);
            var id = (long)(await start.ExecuteScalarAsync(cancellation))!;
            await claims.ExecuteAsync("SELECT pg_catalog.pg_advisory_lock($1, $2)", cancellation, ServiceDirectory.ServiceLock, (int)id);
            await transaction.CommitAsync(cancellation);
            return new ControlSession(control, claims, listener, id);
        }
        catch
        {
            if (claims is not null) await claims.DisposeAsync();
            if (listener is not null) await listener.DisposeAsync();
            await control.DisposeAsync();
            throw;
        }
    }

    /// <summary>Listens to further channels.</summary>
    public async Task ListenAsync(IEnumerable<string> channels, CancellationToken cancellation)
    {
        foreach (var channel in channels)
            if (_channels.Add(channel)) await _listener.ExecuteAsync($"LISTEN {Quote.Identifier(channel)}", cancellation);
    }

    /// <summary>Waits for notifications, for a time at most; they go to the handler. Also shows that the connections are alive.</summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellation)
    {
        if (await _listener.HearAsync(limit, cancellation)) return;
        await _listener.PingAsync(cancellation);
        await InTurnAsync(async () => { await _claims.PingAsync(cancellation); return true; }, cancellation);
    }

    public Task<bool> TryClaimAsync(int sync, CancellationToken cancellation) => InTurnAsync(() => SyncClaim.TryTakeAsync(_claims, sync, cancellation), cancellation);

    public Task<long> NumberClaimAsync(long above, CancellationToken cancellation) => InTurnAsync(() => SyncClaim.NumberAsync(_claims, above, cancellation), cancellation);

    public Task GiveBackAsync(int sync, CancellationToken cancellation) =>
        InTurnAsync(async () => { await SyncClaim.GiveBackAsync(_claims, sync, cancellation); return true; }, cancellation);

    public Task NotifyAsync(string channel, string payload, CancellationToken cancellation) =>
        InTurnAsync(() => _claims.ExecuteAsync("SELECT pg_catalog.pg_notify($1, $2)", cancellation, channel, payload), cancellation);

    /// <summary>Whether what is said to the service with a number is said to this one; without a number it is said to all.</summary>
    public bool IsMeant(string number) => !long.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out var id) || id == _id;

    /// <summary>Answers a ping.</summary>
    public Task PongAsync(string token, CancellationToken cancellation) =>
        NotifyAsync(Channels.Pong, token.Length is 0 or > SyncWorker.LongestToken ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{token} {_id}"), cancellation);

    /// <summary>Says in the directory which syncs the service runs.</summary>
    public Task PublishAsync(IReadOnlyCollection<string> syncs, CancellationToken cancellation) =>
        InTurnAsync(() => _claims.ExecuteAsync("UPDATE bucardo.service SET syncs = $2 WHERE id = $1", cancellation, _id, syncs.Order(StringComparer.Ordinal).ToArray()), cancellation);

    /// <summary>Looks after the claims' connection and what others left behind.</summary>
    public Task CleanUpAsync(CancellationToken cancellation) => InTurnAsync(async () =>
    {
        await _claims.ExecuteAsync(SqlText.Load("Service/Sql/services_gone.sql"), cancellation, (long)ServiceDirectory.ServiceLock);
        await Control.Conflicts.PurgeAsync(cancellation);
        return await Control.SyncRuns.PurgeAsync(cancellation);
    }, cancellation);

    /// <summary>Takes leave: the entry goes before the lock does.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await InTurnAsync(() => _claims.ExecuteAsync("DELETE FROM bucardo.service WHERE id = $1", limit.Token, _id), limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or OperationCanceledException or IOException)
        {
            // The lock goes with the connection, and the next service clears the entry away.
        }
        await _claims.AbandonAsync();
        await _listener.AbandonAsync();
        await Control.DisposeAsync();
        _turn.Dispose();
    }

    async Task<T> InTurnAsync<T>(Func<Task<T>> run, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await run();
        }
        finally
        {
            _turn.Release();
        }
    }
}
