using Npgsql;

namespace Bucardo.Console.Demo;

/// <summary>Makes the demo's databases: pgbench's data once, the others identical copies of it.</summary>
static class DemoData
{
    /// <summary>Creates the databases.</summary>
    /// <param name="programs">PostgreSQL's programs.</param>
    /// <param name="nodes">The databases; the first one is filled.</param>
    /// <param name="screen">Hears how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task CreateAsync(PostgresPrograms programs, IReadOnlyList<DemoNode> nodes, DemoScreen screen, CancellationToken cancellation)
    {
        var first = nodes[0];
        await CreateDatabaseAsync(first, null, cancellation);
        await ClientProgram.RunAsync(programs.PathOf("pgbench"), [.. first.Arguments, "-i", "-q", "-s", "1", first.Name], null, null, null, cancellation);
        screen.Line($"{first.Name}: pgbench -i -s 1");
        foreach (var cluster in nodes.Skip(1).GroupBy(n => n.Cluster))
        {
            var template = cluster.Key == first.Cluster ? first : null;
            foreach (var node in cluster)
            {
                await CreateDatabaseAsync(node, template?.Name, cancellation);
                if (template is null) await CopyAsync(programs, first, node, cancellation);
                screen.Line(template is null ? $"{node.Name}: pg_dump {first.Name} | psql {node.Name}" : $"{node.Name}: CREATE DATABASE {node.Name} TEMPLATE {template.Name}");
                template ??= node;
            }
        }
    }

    static async Task CreateDatabaseAsync(DemoNode node, string? template, CancellationToken cancellation)
    {
        await using var connection = await node.Clusters.OpenAsync(node.Cluster, "postgres", cancellation);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {node.Name}" + (template is null ? "" : $" TEMPLATE {template}"), connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    static Task CopyAsync(PostgresPrograms programs, DemoNode from, DemoNode to, CancellationToken cancellation) =>
        ClientProgram.RunAsync(programs.PathOf("psql"), [.. to.Arguments, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", to.Name],
            input => ClientProgram.RunAsync(programs.PathOf("pg_dump"), [.. from.Arguments, from.Name], null, input, null, cancellation),
            null, null, cancellation);
}
