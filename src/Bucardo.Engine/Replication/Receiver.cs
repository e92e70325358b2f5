using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>
/// A node while a step is applied to it. Its failures are its own: they take it out of the step, and the others go on.
/// </summary>
sealed class Receiver(IRoundNode node, NodeState state, NodeKnowledge knowledge, IFaultPoints faults)
{
    readonly List<DeferredVersion> _deferred = [];

    public IRoundNode Node => node;

    public NodeKnowledge Knowledge => knowledge;

    public NodeState State => state;

    public Applied Applied { get; } = new();

    public NodeProblem? Problem { get; private set; }

    /// <summary>What has taken the node out of the step.</summary>
    public Exception? Error { get; private set; }

    public bool IsAlive => Problem is null;

    public void Defer(int table, string key, IEnumerable<RowVersion> versions) => _deferred.AddRange(versions.Select(v => new DeferredVersion(table, key, v)));

    /// <summary>Runs one effect on the node, between its fault points. A failure rolls the node back and is kept.</summary>
    public async Task TryAsync(string effect, Func<Task> run, CancellationToken cancellation)
    {
        if (!IsAlive) return;
        try
        {
            faults.Reach("before-" + effect, node.Name);
            await run();
            faults.Reach("after-" + effect, node.Name);
        }
        catch (Exception e) when (e is not ConflictAbortException && (e is not OperationCanceledException || !cancellation.IsCancellationRequested))
        {
            await FailAsync(e);
        }
    }

    public async Task FailAsync(Exception error)
    {
        if (!IsAlive) return;
        (Error, Problem) = (error, new NodeProblem(node.Name, NodeErrors.Describe(error, node.Name)));
        await node.RollbackAsync();
    }

    /// <summary>Records how far the node has come.</summary>
    /// <param name="after">Its context after the step.</param>
    /// <param name="parts">Per origin, the transaction of which it has seen a part only.</param>
    /// <param name="timelines">Per origin, its timeline as far as it is known, and where that began.</param>
    /// <param name="incomplete">Nodes that are still to send something of that.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public Task RecordAsync(
        IReadOnlyDictionary<int, Snapshot> after, IReadOnlyDictionary<int, TransactionPart?> parts, IReadOnlyDictionary<int, OriginTimeline> timelines, IReadOnlySet<int> incomplete, CancellationToken cancellation)
    {
        var (old, current) = (state.Deferred.ToHashSet(), _deferred.ToHashSet());
        // Peers may purge what lies below the floor, so it must not pass anything that is still deferred, or still to come.
        Snapshot Floor(int origin, Snapshot seen) =>
            current.Count == 0 && incomplete.Count == 0 ? seen
            : incomplete.Count == 0 && !current.Overlaps(old) ? knowledge.Of(origin)
            : state.Progress.TryGetValue(origin, out var progress) ? progress.Floor : knowledge.Of(origin);
        OriginProgress Progress(int origin, Snapshot seen)
        {
            var (before, now) = (state.Progress.GetValueOrDefault(origin).Timeline, timelines.GetValueOrDefault(origin));
            var isKnown = now.Number == 0 || (before.Number == now.Number && before.Start != 0);
            return new(seen, Floor(origin, seen), parts.GetValueOrDefault(origin)) { Timeline = isKnown ? before : now, IsIncomplete = incomplete.Contains(origin) };
        }
        return node.RecordAsync(after.ToDictionary(a => a.Key, a => Progress(a.Key, a.Value)), current, !current.SetEquals(old), cancellation);
    }
}
