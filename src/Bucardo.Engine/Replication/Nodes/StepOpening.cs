namespace Bucardo.Engine.Replication.Nodes;

/// <summary>How the transaction begins that applies a step on a node.</summary>
/// <param name="ExpectedRound">The number of rounds that the node said it had applied.</param>
/// <param name="Clock">The latest time on the nodes of the round: no change on the node is dated before it from now on, for it may be made on what the round brings.</param>
public sealed record StepOpening(long ExpectedRound, DateTime Clock)
{
    /// <summary>Ids of the tables that will be written.</summary>
    public IReadOnlyCollection<int> Tables { get; init; } = [];

    /// <summary>Those of them whose rows are staged.</summary>
    public IReadOnlyCollection<int> Staged { get; init; } = [];

    /// <summary>Origins that are away and of which rows may come that the node has already, though it does not count them as seen.</summary>
    public IReadOnlyCollection<int> Stranded { get; init; } = [];

    /// <summary>Whether it counts as committed only when it is on the server's disk; else a server that crashes right afterwards loses it, with the progress that it noted, and it is sent again.</summary>
    public bool WaitsForDisk { get; init; } = true;
}
