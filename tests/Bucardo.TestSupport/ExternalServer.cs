using Npgsql;

namespace Bucardo.TestSupport;

/// <summary>A server that somebody else runs, named by an administrator's connection string. It is never stopped.</summary>
public sealed class ExternalServer : TestServer
{
    readonly NpgsqlConnectionStringBuilder _administrator;

    /// <summary>Takes Npgsql's form of a connection string: <c>Host=...;Port=...;Username=...;Password=...</c>.</summary>
    public ExternalServer(string connectionString) => _administrator = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };

    /// <inheritdoc />
    public override string HostName => _administrator.Host ?? "localhost";

    /// <inheritdoc />
    public override int Port => _administrator.Port;

    /// <inheritdoc />
    public override string UserName => _administrator.Username ?? "postgres";

    /// <inheritdoc />
    public override string? Password => _administrator.Password;

    /// <inheritdoc />
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
