using System.Data;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>How the catalog classes reach the control database: connections, transactions, and the translation of PostgreSQL's
/// errors.</summary>
sealed class ControlContext
{
    public const string NodeName = "control database";

    public ControlContext(ConnectionSettings settings, NpgsqlDataSource source) => (Settings, Source) = (settings, source);

    public ConnectionSettings Settings { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>Encrypts and decrypts stored passwords.</summary>
    public PasswordVault Vault { get; } = new(KeyFile.Default());

    /// <summary>Reads in one snapshot.</summary>
    public Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) =>
        RunAsync(work, IsolationLevel.RepeatableRead, removing: false, cancellation);

    /// <summary>Changes something, all of it or nothing.</summary>
    /// <param name="work">What is done inside the transaction.</param>
    /// <param name="removing">True when rows are removed: a foreign key that breaks then means "in use", not "not found".</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<T> WriteAsync<T>(Func<NpgsqlConnection, Task<T>> work, bool removing, CancellationToken cancellation) =>
        RunAsync(work, IsolationLevel.ReadCommitted, removing, cancellation);

    async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, IsolationLevel isolation, bool removing, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(isolation, cancellation);
            var result = await work(connection);
            await transaction.CommitAsync(cancellation);
            return result;
        }
        catch (PostgresException e) when (!ConnectionErrors.IsConnectionFailure(e) && e.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            throw ControlErrors.Translate(e, removing);
        }
        catch (NpgsqlException e) when (e.InnerException is TimeoutException && !cancellation.IsCancellationRequested)
        {
            throw TimedOut(e);
        }
        catch (NpgsqlException e) when (!cancellation.IsCancellationRequested)
        {
            throw ConnectionErrors.Translate(e, Settings, NodeName);
        }
    }

    /// <summary>For a command that ran into its time limit on a connection that stands: mostly somebody else holds a lock.</summary>
    public static BucardoException TimedOut(Exception e) => new("ControlTimeout", ErrorKind.Timeout,
        "The control database did not finish a command in time: another session probably holds a lock there (see pg_stat_activity); " +
        "try again.", e);

    async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            return await Source.OpenConnectionAsync(cancellation);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException
            && !cancellation.IsCancellationRequested)
        {
            throw ConnectionErrors.Translate(e, Settings, NodeName);
        }
    }
}
