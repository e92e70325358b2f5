using System.Collections.Concurrent;
using Npgsql;

namespace Bucardo.TestSupport;

/// <summary>
/// Sessions on a database that are used again. A new connection costs twenty times what most queries of tests do, and they ask many times a second whether something has arrived.
/// </summary>
sealed class TestSessions(TestServer server, string database) : IAsyncDisposable
{
    const int Kept = 3;
    const int SecondsToAnswer = 5;

    readonly ConcurrentBag<NpgsqlConnection> _idle = [];

    /// <summary>Runs something on a session without a past. What fails costs the session.</summary>
    public async Task<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellation)
    {
        var connection = await TakeAsync(cancellation);
        try
        {
            var result = await use(connection);
            if (_idle.Count < Kept)
            {
                _idle.Add(connection);
                connection = null;
            }
            return result;
        }
        finally
        {
            if (connection is not null) await connection.DisposeAsync();
        }
    }

    async Task<NpgsqlConnection> TakeAsync(CancellationToken cancellation)
    {
        while (_idle.TryTake(out var connection))
        {
            try
            {
                // Says whether its server is still the one that it was, too.
                await using var reset = new NpgsqlCommand("DISCARD ALL", connection) { CommandTimeout = SecondsToAnswer };
                await reset.ExecuteNonQueryAsync(cancellation);
                return connection;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                await connection.DisposeAsync();
            }
        }
        return await server.OpenAsync(database, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out var connection)) await connection.DisposeAsync();
    }
}
