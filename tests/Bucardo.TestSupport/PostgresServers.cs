namespace Bucardo.TestSupport;

/// <summary>
/// The two servers that all tests of this process share, each started at its first use and stopped when the process ends.
/// BUCARDO_TEST_SERVER (and BUCARDO_TEST_SERVER_2 for the second) names a running server to use instead.
/// </summary>
public static class PostgresServers
{
    static readonly Lazy<TestServer> s_first = new(() => Start("BUCARDO_TEST_SERVER"));
    static readonly Lazy<TestServer> s_second = new(() => Environment.GetEnvironmentVariable("BUCARDO_TEST_SERVER_2") is { Length: > 0 }
        ? Start("BUCARDO_TEST_SERVER_2") : Start("BUCARDO_TEST_SERVER"));

    /// <summary>The first server.</summary>
    public static TestServer First => s_first.Value;

    /// <summary>The second server: another cluster, unless only one server was given.</summary>
    public static TestServer Second => s_second.Value;

    /// <summary>Whether the servers are somebody else's, so that no test may stop them.</summary>
    public static bool AreExternal => Environment.GetEnvironmentVariable("BUCARDO_TEST_SERVER") is { Length: > 0 };

    /// <summary>A new, empty database with a name of its own on the first server (or the given one), dropped when it is disposed.</summary>
    /// <param name="prefix">How its name begins.</param>
    /// <param name="server">Where; left out: <see cref="First"/>.</param>
    /// <param name="template">Another database to copy; nobody may be connected to it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static Task<TestDatabase> CreateAsync(string prefix, TestServer? server = null, string? template = null, CancellationToken cancellation = default) =>
        TestDatabase.CreateAsync(server ?? First, prefix, template, cancellation);

    static TestServer Start(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } connectionString) return new ExternalServer(connectionString);
        // On a thread of the pool: xUnit's synchronization context would wait for itself.
#if TESTCONTAINERS
        TestServer server = Task.Run(ContainerServer.StartAsync).GetAwaiter().GetResult();
#else
        TestServer server = Task.Run(() => PostgresCluster.StartAsync()).GetAwaiter().GetResult();
#endif
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Task.Run(async () => await server.DisposeAsync()).Wait(TimeSpan.FromSeconds(20));
        return server;
    }
}
