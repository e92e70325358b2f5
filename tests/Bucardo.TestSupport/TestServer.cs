using System.Collections.Concurrent;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.TestSupport;

/// <summary>A PostgreSQL server that tests may do with as they like, wherever it comes from.</summary>
public abstract class TestServer : IAsyncDisposable
{
    const string ApplicationName = "bucardo tests";

    // They hold no connections.
    static readonly ConcurrentDictionary<string, NpgsqlDataSource> s_sources = new();

    // Each test makes databases and drops them.
    readonly TestSessions _administration;

    protected TestServer() => _administration = new TestSessions(this, "postgres");

    /// <summary>Host name or address.</summary>
    public abstract string HostName { get; }

    /// <summary>TCP port.</summary>
    public abstract int Port { get; }

    /// <summary>The administrator's role.</summary>
    public abstract string UserName { get; }

    /// <summary>The administrator's password; null where none is needed.</summary>
    public abstract string? Password { get; }

    /// <summary>Connection settings of one of the server's databases.</summary>
    /// <param name="databaseName">Name of the database.</param>
    /// <param name="userName">Role; left out: the administrator.</param>
    /// <param name="password">Password of that role; the administrator's is known.</param>
    public virtual ConnectionSettings For(string databaseName, string? userName = null, string? password = null) => new()
    {
        HostName = HostName,
        Port = Port,
        DatabaseName = databaseName,
        UserName = userName ?? UserName,
        Password = userName is null || userName == UserName ? password ?? Password : password,
    };

    /// <summary>Npgsql connection string for the same, without pooling: pooled connections would outlive a restart and block DROP DATABASE.</summary>
    public virtual string ConnectionString(string databaseName, string? userName = null, string? password = null)
    {
        var settings = For(databaseName, userName, password);
        return new NpgsqlConnectionStringBuilder
        {
            Host = settings.HostName,
            Port = settings.Port!.Value,
            Database = settings.DatabaseName,
            Username = settings.UserName,
            Password = settings.Password,
            Pooling = false,
            Timeout = 15,
            CommandTimeout = 60,
            IncludeErrorDetail = true,
            ApplicationName = ApplicationName,
        }.ConnectionString;
    }

    /// <summary>What gives connections that know the built-in types only: to read all types takes a new session longer than most tests' statements do.</summary>
    internal static NpgsqlDataSource Source(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }

    /// <summary>Opens a connection as administrator; the caller disposes it.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string databaseName, CancellationToken cancellation = default)
    {
        var connection = s_sources.GetOrAdd(ConnectionString(databaseName), Source).CreateConnection();
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs SQL (several statements may stand in one text) and returns the number of rows touched.</summary>
    public async Task<int> ExecuteAsync(string databaseName, string sql, CancellationToken cancellation = default)
    {
        await using var connection = await OpenAsync(databaseName, cancellation);
        return await ExecuteAsync(connection, sql, cancellation);
    }

    /// <summary>The rows of a query; NULL comes as null.</summary>
    public async Task<IReadOnlyList<object?[]>> QueryAsync(string databaseName, string sql, CancellationToken cancellation = default)
    {
        await using var connection = await OpenAsync(databaseName, cancellation);
        return await QueryAsync(connection, sql, cancellation);
    }

    /// <summary>First column of the first row; default if there is no row or it is NULL.</summary>
    public async Task<T?> ScalarAsync<T>(string databaseName, string sql, CancellationToken cancellation = default) => Scalar<T>(await QueryAsync(databaseName, sql, cancellation));

    internal static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    internal static async Task<IReadOnlyList<object?[]>> QueryAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<object?[]>();
        while (await reader.ReadAsync(cancellation))
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++) row[i] = await reader.IsDBNullAsync(i, cancellation) ? null : reader.GetValue(i);
            rows.Add(row);
        }
        return rows;
    }

    internal static T? Scalar<T>(IReadOnlyList<object?[]> rows) => rows.Count == 0 || rows[0][0] is null ? default : (T)rows[0][0]!;

    /// <summary>Creates a database, from a template if one is named.</summary>
    public async Task CreateDatabaseAsync(string name, string? template = null, CancellationToken cancellation = default)
    {
        // The tests' own sessions that wait there for their next use would be in the way.
        if (template is not null) await AdministerAsync($"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{template.Replace("'", "''")}' AND application_name = '{ApplicationName}' AND state = 'idle'", cancellation);
        var create = $"CREATE DATABASE {Quoted(name)}" + (template is null ? "" : $" TEMPLATE {Quoted(template)}");
        try
        {
            // Several times cheaper than by way of the log, from PostgreSQL 15 on.
            await AdministerAsync($"{create} STRATEGY FILE_COPY", cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.SyntaxError)
        {
            await AdministerAsync(create, cancellation);
        }
    }

    /// <summary>Drops a database if it is there, whoever is connected to it.</summary>
    public Task DropDatabaseAsync(string name, CancellationToken cancellation = default) =>
        AdministerAsync($"DROP DATABASE IF EXISTS {Quoted(name)} WITH (FORCE)", cancellation);

    Task AdministerAsync(string sql, CancellationToken cancellation) => _administration.UseAsync(c => ExecuteAsync(c, sql, cancellation), cancellation);

    /// <inheritdoc />
    public abstract ValueTask DisposeAsync();

    static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";
}
