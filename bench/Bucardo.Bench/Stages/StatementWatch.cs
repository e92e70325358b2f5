using Npgsql;

namespace Bucardo.Bench.Stages;

/// <summary>Counts, with pg_stat_statements, what the clusters of a stage are asked, apart from its own questions.</summary>
sealed class StatementWatch : IAsyncDisposable
{
    const string Others = "FROM pg_stat_statements s WHERE query NOT LIKE '%pg_stat_%'";

    readonly List<NpgsqlConnection> _connections = [];

    /// <summary>Begins to count anew.</summary>
    public static async Task<StatementWatch> StartAsync(Stage stage, CancellationToken cancellation)
    {
        var watch = new StatementWatch();
        foreach (var cluster in stage.Clusters)
        {
            var connection = await cluster.OpenAsync("postgres", cancellation);
            watch._connections.Add(connection);
            await using var command = new NpgsqlCommand("CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()", connection);
            await command.ExecuteNonQueryAsync(cancellation);
        }
        return watch;
    }

    /// <summary>Client backends and walsenders of each cluster.</summary>
    public async Task<List<double>> BackendsAsync(CancellationToken cancellation) =>
        await EachAsync("SELECT count(*)::float8 FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender', 'logical replication worker') AND pid <> pg_backend_pid()", cancellation);

    /// <summary>Statements that each cluster has run since the start.</summary>
    public async Task<List<double>> CallsAsync(CancellationToken cancellation) => await EachAsync($"SELECT coalesce(sum(calls), 0)::float8 {Others}", cancellation);

    /// <summary>What was asked most.</summary>
    public async Task<IReadOnlyList<(string Where, double Calls, string Query)>> MostFrequentAsync(CancellationToken cancellation)
    {
        var lines = new List<(string, double, string)>();
        for (var i = 0; i < _connections.Count; i++)
        {
            await using var command = new NpgsqlCommand($@"SELECT calls::float8, left(regexp_replace(query, '\s+', ' ', 'g'), 100) {Others} ORDER BY calls DESC LIMIT 3", _connections[i]);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) lines.Add((i == _connections.Count - 1 ? "control" : $"node {i + 1}", reader.GetDouble(0), reader.GetString(1)));
        }
        return lines;
    }

    async Task<List<double>> EachAsync(string sql, CancellationToken cancellation)
    {
        var values = new List<double>();
        foreach (var connection in _connections)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            values.Add((double)(await command.ExecuteScalarAsync(cancellation))!);
        }
        return values;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
    }
}
