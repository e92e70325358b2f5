using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Peers;

/// <summary>A sync to be made.</summary>
sealed record BenchSync(string Name, IReadOnlyList<BenchNode> Nodes, IReadOnlyList<string> Tables, bool AutoKick);

/// <summary>What has been written on the source. Only a peer that captures nothing needs to be told.</summary>
/// <param name="Table">The table.</param>
/// <param name="Where">Which of its rows.</param>
/// <param name="Replaces">Whether the rows were there before; they are then all of the table's.</param>
sealed record Change(string Table, string Where = "true", bool Replaces = false);

/// <summary>Something that replicates, driven from outside the way its users drive it.</summary>
interface IPeer : IAsyncDisposable
{
    /// <summary>What the servers have to be started with.</summary>
    IReadOnlyDictionary<string, string> ServerSettings { get; }

    /// <summary>The service's processes (their children belong to them), while it runs.</summary>
    IReadOnlyList<int> Processes { get; }

    /// <summary>Makes the nodes known.</summary>
    Task SetUpAsync(Stage stage, CancellationToken cancellation);

    /// <summary>Makes a sync; from now on changes are captured. All nodes hold the same rows already.</summary>
    Task AddSyncAsync(BenchSync sync, CancellationToken cancellation);

    /// <summary>Starts the service, and returns when it is ready for work.</summary>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>Stops the service; changes go on being captured.</summary>
    Task StopAsync(CancellationToken cancellation);

    /// <summary>Asks for everything that is pending, and waits for it where the peer can be asked to.</summary>
    Task FlushAsync(BenchSync sync, IReadOnlyList<Change> changes, CancellationToken cancellation);

    /// <summary>Copies all rows of a sync's tables from its first node to the others, where they are empty, and returns when they are there. The service is not running.</summary>
    Task CopyAsync(BenchSync sync, CancellationToken cancellation);
}
