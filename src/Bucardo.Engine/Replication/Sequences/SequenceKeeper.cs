using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Sequences;

/// <summary>What became of the sequences at the end of a round.</summary>
/// <param name="Moved">How many were moved, over all nodes.</param>
/// <param name="Paused">Sequences that were left out somewhere, and why.</param>
sealed record SequenceResult(int Moved, IReadOnlyList<PausedTable> Paused)
{
    public static SequenceResult None { get; } = new(0, []);
}

/// <summary>
/// Keeps the sequences of a sync ahead on all nodes: none of them hands out a value that a source has handed out already. Values are drawn, one after the other, as an application would: PostgreSQL has
/// no lock on a sequence that other sessions respect, so setting a value could take back what somebody has drawn in between.
/// </summary>
/// <param name="sequences">The sequences.</param>
/// <param name="faults">Fault points.</param>
sealed class SequenceKeeper(IReadOnlyList<Table> sequences, IFaultPoints faults)
{
    /// <summary>Who is further behind than that is set, at once: nobody draws so many values within one statement.</summary>
    public const int FarBehind = 1_000_000;

    const int DrawnAtOnce = 10_000;

    // Of sequences with a cache: the last portion that was drawn here, and what came before it. Nobody else has those values, so they must not drive the others on.
    readonly Dictionary<(string Node, int Sequence), (long Last, long Before)> _own = [];

    /// <summary>Moves what is behind. What goes wrong with one sequence on one node does not concern the others.</summary>
    /// <exception cref="NodeFailedException">A node was lost.</exception>
    public async Task<SequenceResult> KeepAsync(IReadOnlyList<ISequenceNode> nodes, CancellationToken cancellation)
    {
        if (sequences.Count == 0) return SequenceResult.None;
        var unread = new List<Problem>();
        var read = await Task.WhenAll(nodes.Select(n => ReadAsync(n, unread, cancellation)));
        (nodes, var states) = ([.. nodes.Where((_, at) => read[at] is not null)], read.OfType<IReadOnlyList<SequenceState>>().ToArray());
        foreach (var node in nodes) faults.Reach("sequences-read", node.Name);
        var moved = 0;
        var paused = new List<PausedTable>();
        for (var i = 0; i < sequences.Count; i++)
        {
            var sequence = sequences[i];
            var decider = new SequenceDecider(sequence, [.. nodes.Select((n, at) => new NodeSequence(n.Name, n.IsSource, states[at][i], Counted(n.Name, sequence, states[at][i].Last)))]);
            var moves = decider.Decide();
            var outcomes = await Task.WhenAll(moves.Select(m => MoveAsync(nodes.First(n => n.Name == m.To), sequence, m, cancellation)));
            moved += outcomes.Count(o => o is null);
            List<Problem> problems = [.. decider.Problems, .. outcomes.OfType<Problem>(), .. unread.Select(p => p with { Object = sequence.FullName })];
            if (problems.Count > 0) paused.Add(new PausedTable(sequence.FullName, problems) { Type = RelationType.Sequence });
        }
        return new SequenceResult(moved, paused);
    }

    long? Counted(string node, Table sequence, long? last)
    {
        lock (_own) return last is not null && _own.TryGetValue((node, sequence.Id), out var own) && own.Last == last ? own.Before : last;
    }

    async Task<IReadOnlyList<SequenceState>?> ReadAsync(ISequenceNode node, List<Problem> unread, CancellationToken cancellation)
    {
        try
        {
            return await OnAsync(node, () => node.ReadAsync(sequences, cancellation));
        }
        catch (PostgresException e)
        {
            lock (unread) unread.Add(new Problem("SequenceNotRead", "", node.Name, $"How far the sequences on database {node.Name} are could not be seen: {NodeErrors.Describe(e, node.Name)}"));
            return null;
        }
    }

    async Task<Problem?> MoveAsync(ISequenceNode node, Table sequence, SequenceMove move, CancellationToken cancellation)
    {
        try
        {
            await OnAsync(node, () => AdvanceAsync(node, sequence, move, cancellation));
            faults.Reach("sequence-moved", node.Name);
            return null;
        }
        catch (PostgresException e)
        {
            return new Problem("SequenceNotMoved", sequence.FullName, node.Name, $"Sequence {sequence.FullName} on database {node.Name} could not be moved to {move.Target}: {NodeErrors.Describe(e, node.Name)}");
        }
    }

    async Task<bool> AdvanceAsync(ISequenceNode node, Table sequence, SequenceMove move, CancellationToken cancellation)
    {
        var (state, target) = (move.State, move.Target);
        // The first value is the session's own, whatever others draw meanwhile.
        var last = await DrawPortionAsync();
        if (!state.IsPast(last, target) && state.Steps(last, target) > FarBehind)
        {
            var value = (long)(last + state.Steps(last, target) * state.Increment);
            if (await node.JumpAsync(state, value, state.Before(target, FarBehind), cancellation)) last = value;
        }
        // The end of a cached portion is known only where nothing else was drawn in the same statement.
        var early = state.Cache == 1 ? target : state.Before(target, state.Cache);
        while (!state.IsPast(last, early)) last = await node.DrawAsync(state, early, DrawnAtOnce, cancellation);
        while (!state.IsPast(last, target)) last = await DrawPortionAsync();
        return true;

        async Task<long> DrawPortionAsync()
        {
            var value = await node.DrawAsync(state, target, 1, cancellation);
            var end = state.Cache == 1 ? value : state.Before(value, 1 - state.Cache);
            if (end != value) lock (_own) _own[(node.Name, sequence.Id)] = (end, value - state.Increment);
            return end;
        }
    }

    static async Task<T> OnAsync<T>(ISequenceNode node, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is PostgresException refused ? refused.SqlState.StartsWith("57P", StringComparison.Ordinal) : e is NpgsqlException or IOException or TimeoutException)
        {
            throw new NodeFailedException(node.Name, e);
        }
    }
}
