using Bucardo.Model;
using Npgsql;

namespace Bucardo.Console.Demo;

/// <summary>One of the demo's five databases.</summary>
/// <param name="Name">Its name, in PostgreSQL and in Bucardo.</param>
/// <param name="Cluster">Its cluster, counted from 1.</param>
/// <param name="Clusters">The clusters.</param>
sealed record DemoNode(string Name, int Cluster, ThrowawayClusters Clusters)
{
    /// <summary>The way to it.</summary>
    public ConnectionSettings Settings => Clusters.For(Cluster, Name);

    /// <summary>A connection of its own; the caller disposes of it.</summary>
    public Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => Clusters.OpenAsync(Cluster, Name, cancellation);

    /// <summary>Arguments that lead a client program here.</summary>
    public IEnumerable<string> Arguments => ["-h", Clusters.HostOf(Cluster), "-p", "5432", "-U", ThrowawayClusters.UserName];
}
