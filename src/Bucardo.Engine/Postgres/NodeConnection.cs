using System.Collections.Concurrent;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Postgres;

/// <summary>Opens connections to nodes and gives every session the settings that the engine's SQL relies on.</summary>
public static class NodeConnection
{
    const string NamePrefix = "bucardo ";

    static readonly TimeSpan s_millisecond = TimeSpan.FromMilliseconds(1);

    // They hold no connections, and are as many as there are databases and purposes.
    static readonly ConcurrentDictionary<string, NpgsqlDataSource> s_sources = new();

    /// <summary>
    /// Opens a connection of its own (not pooled): rounds keep theirs for as long as they can. Errors name the node and say what to do.
    /// </summary>
    /// <param name="settings">Where the node is.</param>
    /// <param name="node">Its name, for messages.</param>
    /// <param name="purpose">What the connection is for; shown in pg_stat_activity as <c>bucardo PURPOSE</c>.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <param name="commandTimeout">Seconds that a statement may take.</param>
    /// <exception cref="BucardoException">The node cannot be reached, or refuses the login.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(ConnectionSettings settings, string node, string purpose, CancellationToken cancellation, int commandTimeout = 600)
    {
        NpgsqlConnection? connection = null;
        try
        {
            var builder = ConnectionStrings.Build(settings);
            builder.Pooling = false;
            builder.ApplicationName = NamePrefix + purpose;
            // A bulk statement may take long, a connection into a black hole must not take for ever.
            builder.CommandTimeout = commandTimeout;
            builder.MaxAutoPrepare = 200;
            builder.AutoPrepareMinUsages = 3;
            connection = s_sources.GetOrAdd(builder.ConnectionString, _ => ConnectionStrings.CreateDataSource(builder)).CreateConnection();
            await connection.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand(SqlText.Load("Postgres/session.sql"), connection);
            await command.ExecuteNonQueryAsync(cancellation);
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (connection is not null) await connection.DisposeAsync();
            throw e is BucardoException ? e : ConnectionErrors.Translate(e, settings, node);
        }
        catch
        {
            if (connection is not null) await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the connection another purpose, as pg_stat_activity shows it.</summary>
    public static Task<int> RenameAsync(this NpgsqlConnection connection, string purpose, CancellationToken cancellation) =>
        connection.ExecuteAsync("SELECT set_config('application_name', $1, false)", cancellation, NamePrefix + purpose);

    /// <summary>Runs one statement.</summary>
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Closes a connection that may not be able to say good-bye: after two seconds it is left to itself.</summary>
    public static async Task AbandonAsync(this NpgsqlConnection connection)
    {
        var closing = connection.DisposeAsync().AsTask();
        await Task.WhenAny(closing, Task.Delay(TimeSpan.FromSeconds(2)));
        _ = closing.ContinueWith(c => c.Exception, TaskScheduler.Default);
    }

    /// <summary>Waits for a notification, for so long at most; whether one has come. Npgsql counts in milliseconds, and takes none of them for no limit.</summary>
    public static Task<bool> HearAsync(this NpgsqlConnection connection, TimeSpan limit, CancellationToken cancellation) =>
        connection.WaitAsync(limit < s_millisecond ? s_millisecond : limit, cancellation);

    /// <summary>Shows that a connection is alive: a black hole sends no error.</summary>
    /// <exception cref="TimeoutException">There was no answer within ten seconds; the connection is to be abandoned.</exception>
    public static Task PingAsync(this NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.ExecuteAsync("SELECT", cancellation).WaitAsync(TimeSpan.FromSeconds(10), cancellation);

    /// <summary>A command with positional parameters.</summary>
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    /// <summary>An oid as a parameter.</summary>
    public static NpgsqlParameter Oid(uint oid) => new() { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid };

    /// <summary>An array of oids as a parameter.</summary>
    public static NpgsqlParameter Oids(uint[] oids) => new() { Value = oids, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Oid };

    /// <summary>A text parameter whose type PostgreSQL infers: for snapshots, transaction ids and arrays of types that only the database knows.</summary>
    public static NpgsqlParameter Unknown(string value) => new() { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Unknown };
}
