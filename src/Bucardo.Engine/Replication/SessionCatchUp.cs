using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication;

/// <summary>Brings nodes of a session level that have a backlog, over further connections to its sources.</summary>
/// <param name="nodes">The nodes that are online.</param>
/// <param name="pace">Says when the others want a round.</param>
/// <param name="limit">How long connecting may take.</param>
/// <param name="keepSequences">Sees to the sequences after a round.</param>
sealed class SessionCatchUp(IReadOnlyList<PgRoundNode> nodes, IRoundPace pace, TimeSpan limit, Func<IReadOnlyList<PgRoundNode>, RoundResult, CancellationToken, Task> keepSequences) : ICatchUpHost
{
    public bool IsEnough => pace.IsEnough;

    public async Task<CatchUpNodes?> OpenAsync(IReadOnlySet<int> behind, CancellationToken cancellation)
    {
        using var connecting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        connecting.CancelAfter(limit);
        var twins = new List<PgRoundNode>();
        try
        {
            foreach (var source in nodes.Where(n => n.IsSource)) twins.Add(await source.OpenTwinAsync(connecting.Token));
            return new CatchUpNodes([.. twins, .. nodes.Where(n => behind.Contains(n.Id))], twins);
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException or IOException or OperationCanceledException)
        {
            foreach (var twin in twins) await twin.DisposeAsync();
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    public async Task WaitAsync(IReadOnlyList<IRoundNode> others, RoundResult result, TimeSpan took, Task until, CancellationToken cancellation)
    {
        await keepSequences([.. others.Cast<PgRoundNode>()], result, cancellation);
        await pace.NextAsync(result, took, until, cancellation);
    }
}
