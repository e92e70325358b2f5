namespace Bucardo.Faults.Support;

/// <summary>Three clusters of a collection's own: two for nodes, one for control databases. Tests stop them as they like and leave them running.</summary>
public abstract class Clusters : IAsyncLifetime
{
    /// <summary>Nodes 1, 3 and 5.</summary>
    public PostgresCluster First { get; private set; } = null!;

    /// <summary>Nodes 2 and 4.</summary>
    public PostgresCluster Second { get; private set; } = null!;

    /// <summary>Control databases.</summary>
    public PostgresCluster Control { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (PostgresServers.AreExternal) return;
        var clusters = await Task.WhenAll(PostgresCluster.StartAsync(), PostgresCluster.StartAsync(), PostgresCluster.StartAsync());
        (First, Second, Control) = (clusters[0], clusters[1], clusters[2]);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var cluster in new[] { First, Second, Control }.Where(c => c is not null)) await cluster.DisposeAsync();
    }
}
