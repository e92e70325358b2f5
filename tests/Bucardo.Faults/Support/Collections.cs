namespace Bucardo.Faults.Support;

// Tests mostly wait, so the collections run at the same time, each with clusters of its own; within a collection one test runs after the other.

/// <summary>Clusters of the tests of networks.</summary>
public sealed class NetworkFaultClusters : Clusters;

/// <summary>Tests of networks, and of two daemons.</summary>
[CollectionDefinition(Name)]
public sealed class NetworkFaultCollection : ICollectionFixture<NetworkFaultClusters>
{
    /// <summary>Its name.</summary>
    public const string Name = "network faults";
}

/// <summary>Clusters of the tests of servers.</summary>
public sealed class ServerFaultClusters : Clusters;

/// <summary>Tests of servers that die, cannot write or are busy.</summary>
[CollectionDefinition(Name)]
public sealed class ServerFaultCollection : ICollectionFixture<ServerFaultClusters>
{
    /// <summary>Its name.</summary>
    public const string Name = "server faults";
}

/// <summary>Clusters of the random test.</summary>
public sealed class RandomFaultClusters : Clusters;

/// <summary>The random test.</summary>
[CollectionDefinition(Name)]
public sealed class RandomFaultCollection : ICollectionFixture<RandomFaultClusters>
{
    /// <summary>Its name.</summary>
    public const string Name = "random faults";
}
