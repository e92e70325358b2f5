using Npgsql;

namespace Bucardo.Engine.Tests.Security;

/// <summary>Roles for one test, and what they do; the roles go at the end.</summary>
sealed class Sessions : IAsyncDisposable
{
    readonly List<(string Role, TestServer Server, List<TestDatabase> Databases)> _roles = [];

    public const string Password = "secret";

    /// <summary>Makes a role that may log in and nothing else.</summary>
    public async Task<string> CreateRoleAsync(string prefix, params TestDatabase[] databases)
    {
        var role = $"{prefix}_{Guid.NewGuid().ToString("N")[..10]}";
        foreach (var group in databases.GroupBy(d => d.Server))
        {
            await group.First().ExecuteAsync($"CREATE ROLE \"{role}\" LOGIN PASSWORD '{Password}'");
            _roles.Add((role, group.Key, [.. group]));
        }
        return role;
    }

    /// <summary>Runs SQL as a role.</summary>
    public static async Task<object?> RunAsync(TestDatabase database, string role, string sql)
    {
        await using var connection = new NpgsqlConnection(database.Server.ConnectionString(database.Name, role, Password));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>PostgreSQL refuses it to the role.</summary>
    public static async Task<PostgresException> RefusesAsync(TestDatabase database, string role, string sql, string state = PostgresErrorCodes.InsufficientPrivilege)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => RunAsync(database, role, sql));
        Assert.True(state == error.SqlState, $"{sql}\n{error.Message}");
        return error;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (role, server, databases) in Enumerable.Reverse(_roles))
        {
            foreach (var database in databases.Append(null))
            {
                try
                {
                    await server.ExecuteAsync(database?.Name ?? "postgres", database is null ? $"DROP OWNED BY \"{role}\" CASCADE; DROP ROLE \"{role}\"" : $"DROP OWNED BY \"{role}\" CASCADE");
                }
                catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.DependentObjectsStillExist)
                {
                    // The database is gone already, or another of the test's databases goes later; the server is a throwaway one.
                }
            }
        }
    }
}
