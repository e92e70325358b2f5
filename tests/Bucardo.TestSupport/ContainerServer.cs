#if TESTCONTAINERS
using Testcontainers.PostgreSql;

namespace Bucardo.TestSupport;

/// <summary>A server in a Docker container; compiled only with the MSBuild property UseTestcontainers=true.</summary>
public sealed class ContainerServer : TestServer
{
    readonly PostgreSqlContainer _container;

    ContainerServer(PostgreSqlContainer container) => _container = container;

    /// <inheritdoc />
    public override string HostName => _container.Hostname;

    /// <inheritdoc />
    public override int Port => _container.GetMappedPublicPort(PostgreSqlBuilder.PostgreSqlPort);

    /// <inheritdoc />
    public override string UserName => PostgreSqlBuilder.DefaultUsername;

    /// <inheritdoc />
    public override string Password => PostgreSqlBuilder.DefaultPassword;

    /// <summary>Starts a container; BUCARDO_TEST_IMAGE names another image than PostgreSQL 17.</summary>
    public static async Task<TestServer> StartAsync()
    {
        var image = Environment.GetEnvironmentVariable("BUCARDO_TEST_IMAGE") is { Length: > 0 } name ? name : "postgres:17-alpine";
        var container = new PostgreSqlBuilder(image).WithCommand("-c", "max_connections=200", "-c", "fsync=off").Build();
        await container.StartAsync();
        return new ContainerServer(container);
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync() => _container.DisposeAsync();
}
#endif
