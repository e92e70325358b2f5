using System.Diagnostics;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>
/// Brings targets level that have a backlog, while rounds go on among the others: those would wait for the seconds that each large step takes. The steps are those of a round in which nobody else
/// commits, read over connections of their own, so neither side knows of the other: what either writes, the other does not.
/// </summary>
/// <param name="settings">The sync.</param>
/// <param name="nodes">All nodes that are online.</param>
/// <param name="behind">Ids of those with a backlog.</param>
/// <param name="host">Says when the others want a round.</param>
/// <param name="newRound">Creates a round.</param>
sealed class CatchUp(RoundSettings settings, IReadOnlyList<IRoundNode> nodes, IReadOnlySet<int> behind, ICatchUpHost host, Func<RoundSettings, IReadOnlyList<IRoundNode>, Round> newRound)
{
    /// <summary>Returns when they are level, or it is enough for this time.</summary>
    /// <param name="apart">The sources as they are read for that, and those with a backlog.</param>
    /// <param name="cancellation">Cancels it.</param>
    public async Task<RoundResult> RunAsync(IReadOnlyList<IRoundNode> apart, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var bringing = BringAsync(apart, stop.Token);
        try
        {
            var others = await KeepUpAsync(bringing, stop.Token);
            var brought = await bringing;
            return others.Add(brought) with { More = true, Behind = behind, Deferred = others.Deferred + brought.Deferred, Waiting = [.. others.Waiting, .. brought.Waiting] };
        }
        finally
        {
            await stop.CancelAsync();
            await bringing.ContinueWith(b => b.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    async Task<RoundResult> BringAsync(IReadOnlyList<IRoundNode> apart, CancellationToken cancellation)
    {
        var round = newRound(settings with { Receiving = behind }, apart);
        var total = new RoundResult();
        RoundResult step;
        do
        {
            step = await round.RunStepAsync(cancellation);
            total = total.Add(step);
        }
        while (step.More && step.Problems.Count == 0 && !host.IsEnough);
        return total;
    }

    async Task<RoundResult> KeepUpAsync(Task bringing, CancellationToken cancellation)
    {
        var others = nodes.Where(n => !behind.Contains(n.Id)).ToList();
        var total = new RoundResult();
        while (!bringing.IsCompleted)
        {
            var started = Stopwatch.GetTimestamp();
            var result = await newRound(settings, others).RunAsync(cancellation);
            // Who did not get through is asked again; what counts is how it ends.
            total = total.Add(result) with { Problems = result.Problems };
            await host.WaitAsync(others, result, Stopwatch.GetElapsedTime(started), bringing, cancellation);
        }
        return total;
    }
}
