using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// The right to run a sync: an advisory lock on the control database. It saves work, it does not carry the guarantees: two who run a round of the same sync are
/// kept apart by the round counter on each node, and the one that has been replaced is refused by the claim's number.
/// </summary>
sealed class SyncClaim : IAsyncDisposable
{
    readonly NpgsqlConnection _connection;

    SyncClaim(NpgsqlConnection connection, long epoch) => (_connection, Epoch) = (connection, epoch);

    /// <summary>The claim's number, greater than that of every claim before.</summary>
    public long Epoch { get; }

    /// <summary>Takes the claim, or says who has it.</summary>
    public static async Task<SyncClaim> TakeAsync(ControlDatabase control, Sync sync, TimeSpan wait, CancellationToken cancellation)
    {
        var connection = await NodeConnection.OpenAsync(control.Settings, "the control database", "claim", cancellation);
        try
        {
            var start = TimeProvider.System.GetTimestamp();
            while (!await TryTakeAsync(connection, sync.Id, cancellation))
            {
                if (TimeProvider.System.GetElapsedTime(start) > wait)
                {
                    var services = (await ServiceDirectory.ListAsync(control, cancellation)).Where(s => s.Syncs.Contains(sync.Name)).ToList();
                    var who = services.Count > 0 ? $"by the service {services[0]}" : "by another session";
                    throw new BucardoException("SyncServed", ErrorKind.InvalidOperation,
                        $"Sync {sync.Name} is being run {who}: use Invoke-BucardoKick {sync.Name}, or stop the service first.");
                }
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            }
            return new SyncClaim(connection, await NumberAsync(connection, 0, cancellation));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tries to take the claim on a session; it lasts as long as the session or until it is given back.</summary>
    public static async Task<bool> TryTakeAsync(NpgsqlConnection session, int sync, CancellationToken cancellation)
    {
        await using var command = session.Command("SELECT pg_catalog.pg_try_advisory_lock($1, $2)", ServiceDirectory.SyncLock, sync);
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>A number for a claim that has just been taken.</summary>
    /// <param name="session">Any session of the control database.</param>
    /// <param name="above">A number that a node has met already.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public static async Task<long> NumberAsync(NpgsqlConnection session, long above, CancellationToken cancellation)
    {
        await using var command = session.Command(SqlText.Load("Service/Sql/epoch.sql"), above);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Gives a session's claim back.</summary>
    public static Task GiveBackAsync(NpgsqlConnection session, int sync, CancellationToken cancellation) =>
        session.ExecuteAsync("SELECT pg_catalog.pg_advisory_unlock($1, $2)", cancellation, ServiceDirectory.SyncLock, sync);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
