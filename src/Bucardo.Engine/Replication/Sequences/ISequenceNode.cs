using Bucardo.Model;

namespace Bucardo.Engine.Replication.Sequences;

/// <summary>A node, as far as sequences go.</summary>
interface ISequenceNode
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Whether what is drawn there counts.</summary>
    bool IsSource { get; }

    /// <summary>The sequences as they are there, in the order in which they are named.</summary>
    Task<IReadOnlyList<SequenceState>> ReadAsync(IReadOnlyList<Table> sequences, CancellationToken cancellation);

    /// <summary>Draws so many values at most, one by one, until the next one lies past the target; returns the last one. A sequence with a cache gives one value of each portion.</summary>
    Task<long> DrawAsync(SequenceState sequence, long target, int most, CancellationToken cancellation);

    /// <summary>Sets the sequence to a value, unless it lies past the guard. False: it did.</summary>
    Task<bool> JumpAsync(SequenceState sequence, long value, long guard, CancellationToken cancellation);
}
