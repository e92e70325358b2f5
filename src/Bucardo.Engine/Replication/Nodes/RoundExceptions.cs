namespace Bucardo.Engine.Replication.Nodes;

/// <summary>A node is no longer as this round found it: another round has been applied there, a table emptied, or changes purged. Nothing of this one may be.</summary>
public sealed class StaleRoundException(string node)
    : Exception($"Another round of the sync has been applied on database {node} meanwhile, or a table emptied or changes purged there; the next round starts from there.");

/// <summary>A round has been applied on the node under a later claim to the sync: whoever runs it under this one has been replaced.</summary>
public sealed class SupersededException(long epoch) : Exception("Another service has taken the sync over.")
{
    /// <summary>Number of the later claim.</summary>
    public long Epoch { get; } = epoch;
}

/// <summary>A table's columns have changed on a node since its shape was read: connect again and go on from there.</summary>
public sealed class ShapeChangedException() : Exception("The columns of a table have changed.");
