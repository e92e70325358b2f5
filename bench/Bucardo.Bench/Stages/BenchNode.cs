using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Bucardo.Bench.Stages;

/// <summary>A database that takes part.</summary>
/// <param name="Name">Its name in Bucardo and in PostgreSQL.</param>
/// <param name="Role">What it does.</param>
/// <param name="Cluster">Where it is.</param>
sealed record BenchNode(string Name, DatabaseRole Role, PostgresCluster Cluster)
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    public ConnectionSettings Connection => Cluster.For(Name) with { Password = null };

    /// <summary>libpq's words for the way here.</summary>
    public string ConnectionWords => $"host={Cluster.HostName} port={Cluster.Port} user={Cluster.UserName} dbname={Name}";

    public IEnumerable<string> ClientArguments => ["-h", Cluster.HostName, "-p", Cluster.Port.ToString(CultureInfo.InvariantCulture), "-U", Cluster.UserName];

    public Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => Cluster.OpenAsync(Name, cancellation);

    /// <summary>Runs SQL, for as long as it takes.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)s_limit.TotalSeconds };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>One value of a query.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)s_limit.TotalSeconds };
        return await command.ExecuteScalarAsync(cancellation) is T value ? value : default;
    }

    /// <summary>Runs pgbench and returns what it printed.</summary>
    public Task<string> PgbenchAsync(string arguments, CancellationToken cancellation, string? options = null) =>
        Clients.RunAsync(PostgresPrograms.PathOf("pgbench"), [.. ClientArguments, .. arguments.Split(' '), Name], s_limit, cancellation, options is null ? null : new Dictionary<string, string> { ["PGOPTIONS"] = options });

    /// <summary>A figure of pgbench's output.</summary>
    public static double Figure(string output, string pattern)
    {
        var match = Regex.Match(output, pattern);
        return match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new BenchException($"pgbench printed no '{pattern}': {output}");
    }
}
