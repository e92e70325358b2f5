using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// Says on a node that tables of a sync are being copied to it, as long as the session lives: rounds leave it out, so that they neither wait for the tables nor hold the others up. It saves
/// waiting, it does not carry the guarantees: those are the tables' locks and the round number's.
/// </summary>
sealed class NodeCopyLock : IAsyncDisposable
{
    /// <summary>What the sessions of a copy are called in pg_stat_activity, after <c>bucardo</c>.</summary>
    public const string Purpose = "copy";

    /// <summary>First half of the advisory lock's key; the other one is the sync's id.</summary>
    public const string Class = "1651860322";

    // A round that reads the node has it shared, for as long as it reads.
    const int SecondsToWait = 60;

    readonly NpgsqlConnection _connection;

    NodeCopyLock(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="BucardoException">NodeBusy: another copy is under way there, or a round that does not end.</exception>
    public static async Task<NodeCopyLock> TakeAsync(Member member, Sync sync, CancellationToken cancellation)
    {
        var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, Purpose, cancellation);
        try
        {
            await connection.ExecuteAsync($"SET lock_timeout = '{SecondsToWait}s'", cancellation);
            await connection.ExecuteAsync($"SELECT pg_advisory_lock({Class}, $1)", cancellation, sync.Id);
            return new NodeCopyLock(connection);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await connection.AbandonAsync();
            throw new BucardoException("NodeBusy", ErrorKind.InvalidOperation,
                $"Database {member.Name} cannot be copied to in sync {sync.Name}: another copy is under way there, or a round that has taken longer than {SecondsToWait} s. Try again when it has ended.", e);
        }
        catch
        {
            await connection.AbandonAsync();
            throw;
        }
    }

    /// <summary>Whether somebody is copying to a node.</summary>
    public static async Task<bool> IsTakenAsync(NpgsqlConnection connection, int sync, CancellationToken cancellation)
    {
        await using var command = connection.Command($"SELECT pg_try_advisory_xact_lock_shared({Class}, $1)", sync);
        return await command.ExecuteScalarAsync(cancellation) is false;
    }

    /// <summary>What rounds say of such a node.</summary>
    public static BucardoException Refusal(string node) => new("NodeBeingCopied", ErrorKind.InvalidOperation,
        $"Tables are being copied to database {node} (Copy-BucardoData): it takes part again when that has ended.");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Said, because the server notices only some time later that a connection has been closed.
            await _connection.ExecuteAsync("SELECT pg_advisory_unlock_all()", CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(2));
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            // Then it ends with the session.
        }
        await _connection.AbandonAsync();
    }
}
