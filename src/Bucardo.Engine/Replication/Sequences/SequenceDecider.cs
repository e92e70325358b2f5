using Bucardo.Engine.Postgres;
using Bucardo.Model;

namespace Bucardo.Engine.Replication.Sequences;

/// <summary>A sequence on a node.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="IsSource">Whether what is drawn there counts.</param>
/// <param name="State">How it is there.</param>
/// <param name="Counted">The last value there that somebody else than replication has drawn.</param>
sealed record NodeSequence(string Node, bool IsSource, SequenceState State, long? Counted);

/// <summary>A sequence that is to be moved.</summary>
/// <param name="From">The node that is furthest.</param>
/// <param name="To">The node where it is behind.</param>
/// <param name="State">How it is there.</param>
/// <param name="Target">The value that must not be handed out there any more.</param>
sealed record SequenceMove(string From, string To, SequenceState State, long Target);

/// <summary>Where a sequence is to be moved, and what keeps it from that: a pure function of what the nodes say.</summary>
/// <param name="sequence">The sequence.</param>
/// <param name="nodes">How it is on the nodes that are there.</param>
sealed class SequenceDecider(Table sequence, IReadOnlyList<NodeSequence> nodes)
{
    readonly List<Problem> _problems = [];

    /// <summary>What is wrong; a node with a problem is left out.</summary>
    public IReadOnlyList<Problem> Problems => _problems;

    /// <summary>The moves that bring all nodes past the furthest source.</summary>
    public IReadOnlyList<SequenceMove> Decide()
    {
        var whole = nodes.Where(IsWhole).ToList();
        // Up and down at once has no furthest value.
        if (whole.FirstOrDefault(n => n.State.IsDescending != whole[0].State.IsDescending) is { } other)
        {
            Add("SequenceMismatch", other.Node, $"Sequence {sequence.FullName} counts {Direction(whole[0])} on database {whole[0].Node} and {Direction(other)} on database {other.Node}: give both the same direction with ALTER SEQUENCE ... INCREMENT BY.");
            return [];
        }
        var drawn = whole.Where(n => n.IsSource && n.Counted is not null).ToList();
        if (drawn.Count == 0) return [];
        var first = drawn.Aggregate((a, b) => b.State.IsDescending ? (b.Counted < a.Counted ? b : a) : (b.Counted > a.Counted ? b : a));
        var target = first.Counted!.Value;
        return [.. whole.Where(n => n != first && !n.State.IsPast(n.State.Last, target) && MayBeMoved(n, first, target)).Select(n => new SequenceMove(first.Node, n.Node, n.State, target))];
    }

    bool IsWhole(NodeSequence node)
    {
        var state = node.State;
        if (state.Oid == 0) Add("SequenceMissing", node.Node, $"Sequence {sequence.FullName} does not exist on database {node.Node}: create it there, or take it out of the herd.");
        else if (!state.MayRead) AddRight(node, "SELECT");
        // A source that nobody else may overtake is only read.
        else if (!state.MayMove && nodes.Any(n => n != node && n.IsSource)) AddRight(node, "UPDATE");
        else if (state.Cycles) Add("SequenceCycles", node.Node, $"Sequence {sequence.FullName} begins again at its end on database {node.Node}, so none of its values is the furthest: ALTER SEQUENCE ... NO CYCLE there, or take it out of the herd.");
        else return true;
        return false;
    }

    bool MayBeMoved(NodeSequence node, NodeSequence first, long target)
    {
        if (target >= node.State.Minimum && target <= node.State.Maximum) return true;
        Add("SequenceTooShort", node.Node,
            $"Sequence {sequence.FullName} has got to {target} on database {first.Node}, which lies outside of what it can be on database {node.Node} ({node.State.Minimum} to {node.State.Maximum}): widen it there with ALTER SEQUENCE.");
        return false;
    }

    static string Direction(NodeSequence node) => node.State.IsDescending ? "down" : "up";

    void AddRight(NodeSequence node, string right) => Add("PrivilegeMissing", node.Node,
        $"The role on database {node.Node} lacks the right {right} on sequence {sequence.FullName}: run GRANT {right} ON SEQUENCE {Quote.Qualified(sequence.Schema, sequence.Name)} TO that role.");

    void Add(string code, string node, string message) => _problems.Add(new Problem(code, sequence.FullName, node, message));
}
