using Bucardo.Engine.Replication.Sequences;

namespace Bucardo.Engine.Tests.Replication;

public sealed class SequenceDeciderTests
{
    static readonly Table s_sequence = new() { Id = 1, Database = "a", Schema = "public", Name = "s", Type = RelationType.Sequence };

    static NodeSequence Node(string name, long? last, bool isSource = true, Func<SequenceState, SequenceState>? with = null)
    {
        var state = new SequenceState { Oid = 1, Last = last };
        return new NodeSequence(name, isSource, with?.Invoke(state) ?? state, last);
    }

    static SequenceDecider Decide(out IReadOnlyList<SequenceMove> moves, params NodeSequence[] nodes)
    {
        var decider = new SequenceDecider(s_sequence, nodes);
        moves = decider.Decide();
        return decider;
    }

    [Fact]
    public void All_follow_the_furthest_source()
    {
        Assert.Empty(Decide(out var moves, Node("a", 5), Node("b", 9), Node("t", null, isSource: false), Node("u", 12, isSource: false)).Problems);
        Assert.Equal([("b", "a", 9), ("b", "t", 9)], moves.Select(m => (m.From, m.To, m.Target)));
    }

    [Fact]
    public void Whose_next_value_lies_past_it_stays()
    {
        Decide(out var moves, Node("a", 9), Node("b", 8, with: s => s with { Increment = 2 }), Node("c", 7, with: s => s with { Increment = 2 }));
        Assert.Equal(["c"], moves.Select(m => m.To));
    }

    [Fact]
    public void What_replication_drew_itself_does_not_count()
    {
        Decide(out var moves, Node("a", 100), Node("b", 120) with { Counted = 70 });
        Assert.Empty(moves);
    }

    [Theory]
    [InlineData("SequenceMissing")]
    [InlineData("PrivilegeMissing")]
    [InlineData("SequenceCycles")]
    [InlineData("SequenceTooShort")]
    [InlineData("SequenceMismatch")]
    public void What_keeps_a_node_from_it_is_named_with_the_node(string code)
    {
        var decider = Decide(out var moves, Node("a", 500), Node("b", 1, with: s => code switch
        {
            "SequenceMissing" => SequenceState.Missing,
            "PrivilegeMissing" => s with { MayMove = false },
            "SequenceCycles" => s with { Cycles = true },
            "SequenceTooShort" => s with { Maximum = 100 },
            _ => s with { Increment = -1 },
        }));
        var problem = Assert.Single(decider.Problems);
        Assert.Equal((code, "b"), (problem.Code, problem.Database));
        Assert.Empty(moves);
    }

    [Fact]
    public void The_only_source_need_not_be_moved() => Assert.Empty(Decide(out _, Node("a", 5, with: s => s with { MayMove = false }), Node("t", 1, isSource: false)).Problems);
}
