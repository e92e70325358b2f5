using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Simulation;

/// <summary>A way to break the algorithm from outside, to see that the simulation finds it. The product knows nothing of it.</summary>
class Breakage
{
    /// <summary>Nothing is broken.</summary>
    public static Breakage None { get; } = new();

    /// <summary>What a daemon deals with instead of the node.</summary>
    public virtual IRoundNode Wrap(MemorySession session) => session;

    /// <summary>How conflicts are decided instead.</summary>
    public virtual ConflictStrategy Wrap(ConflictStrategy strategy) => strategy;

    /// <summary>Who must have seen a change before it is purged.</summary>
    public virtual IEnumerable<int> Acknowledgers(IReadOnlyList<int> members, IReadOnlyList<int> online) => members;

    /// <summary>How far a peer is taken to have come for purging.</summary>
    public virtual Snapshot Floor(OriginProgress progress) => progress.Floor;
}
