using Bucardo.Model;
using Npgsql;

namespace Bucardo.TestSupport;

/// <summary>A database of one test, dropped when it is disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    static int s_count;
    readonly TestSessions _sessions;
    NpgsqlDataSource? _dataSource;

    TestDatabase(TestServer server, string name) => (Server, Name, _sessions) = (server, name, new TestSessions(server, name));

    /// <summary>Where it is.</summary>
    public TestServer Server { get; }

    /// <summary>Its name, unique on the server.</summary>
    public string Name { get; }

    /// <summary>Connection settings of the administrator.</summary>
    public ConnectionSettings Settings => Server.For(Name);

    /// <summary>A pool of connections as administrator; it goes with the database.</summary>
    public NpgsqlDataSource DataSource => _dataSource ??=
        TestServer.Source(new NpgsqlConnectionStringBuilder(Server.ConnectionString(Name)) { Pooling = true, MaxPoolSize = 20 }.ConnectionString);

    /// <summary>Creates a database whose name begins with the prefix.</summary>
    public static async Task<TestDatabase> CreateAsync(TestServer server, string prefix, string? template = null, CancellationToken cancellation = default)
    {
        // The process id keeps test runs apart that share a server.
        var name = $"{prefix}_{Environment.ProcessId}_{Interlocked.Increment(ref s_count)}";
        await server.CreateDatabaseAsync(name, template, cancellation);
        return new TestDatabase(server, name);
    }

    /// <summary>The database of the same name on another server: a standby that took over.</summary>
    public TestDatabase On(TestServer server) => new(server, Name);

    /// <summary>Connection settings of another role.</summary>
    public ConnectionSettings For(string userName, string? password = null) => Server.For(Name, userName, password);

    /// <summary>Opens a connection as administrator; the caller disposes it.</summary>
    public Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation = default) => Server.OpenAsync(Name, cancellation);

    /// <summary>Runs SQL, in a session that is as good as new, and returns the number of rows touched.</summary>
    public Task<int> ExecuteAsync(string sql, CancellationToken cancellation = default) => _sessions.UseAsync(c => TestServer.ExecuteAsync(c, sql, cancellation), cancellation);

    /// <summary>The rows of a query.</summary>
    public Task<IReadOnlyList<object?[]>> QueryAsync(string sql, CancellationToken cancellation = default) => _sessions.UseAsync(c => TestServer.QueryAsync(c, sql, cancellation), cancellation);

    /// <summary>First column of the first row.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, CancellationToken cancellation = default) => TestServer.Scalar<T>(await QueryAsync(sql, cancellation));

    /// <summary>Leaves the database, for what may only be done when nobody is there.</summary>
    public ValueTask LeaveAsync() => _sessions.DisposeAsync();

    /// <summary>Drops the database. A server that is stopped at the time keeps it: its folder goes anyway.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_dataSource is not null) await _dataSource.DisposeAsync();
        await _sessions.DisposeAsync();
        try
        {
            await Server.DropDatabaseAsync(Name);
        }
        catch (NpgsqlException error) when (error is not PostgresException)
        {
            // not reachable
        }
    }
}
