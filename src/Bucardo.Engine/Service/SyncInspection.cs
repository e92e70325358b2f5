using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>What a look at the nodes of a sync found.</summary>
/// <param name="Deltas">What waits, per table, origin and receiver.</param>
/// <param name="Nodes">How each database is doing, in the group's order.</param>
public sealed record SyncMeasure(IReadOnlyList<DeltaCount> Deltas, IReadOnlyList<SyncNode> Nodes);

/// <summary>Looks at syncs on their nodes and changes nothing there.</summary>
public static class SyncInspection
{
    /// <summary>Change rows of one table for one receiver that are counted at most, unless somebody wants more.</summary>
    public const long UsualLimit = 1_000_000;

    /// <summary>What a sync's databases still have to bring each other.</summary>
    /// <param name="control">The control database.</param>
    /// <param name="name">The sync.</param>
    /// <param name="patience">How long a node may take to answer; one that does not is reported, and the others are measured.</param>
    /// <param name="limit">Change rows of one table for one receiver that are counted at most.</param>
    /// <param name="cancellation">Cancels it.</param>
    /// <exception cref="BucardoException">SyncNotFound, or the control database cannot be reached.</exception>
    public static async Task<SyncMeasure> MeasureAsync(ControlDatabase control, string name, TimeSpan patience, long limit, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        await using var look = await SyncLook.OpenAsync(definition, patience, cancellation);
        try
        {
            var deltas = await new DeltaMeter(look, limit).MeasureAsync(cancellation);
            return new SyncMeasure(deltas, [.. definition.Members.Select(m => NodeOf(definition, m, look, deltas))]);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or IOException or TimeoutException)
        {
            throw new BucardoException("NodeFailed", ErrorKind.Connection, $"A database of sync {name} failed while it was looked at ({e.Message}); try again.", e);
        }
    }

    /// <summary>What the next round of a sync would do.</summary>
    /// <exception cref="BucardoException">SyncNotFound, TooFewNodes, NodeFailed, TimelineChanged.</exception>
    public static async Task<SyncPlan> PlanAsync(ControlDatabase control, string name, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        await using var look = await SyncLook.OpenAsync(definition, TimeSpan.FromSeconds(30), cancellation);
        return await new RoundPreview(look).PlanAsync(cancellation);
    }

    static SyncNode NodeOf(SyncDefinition definition, Member member, SyncLook look, IReadOnlyList<DeltaCount> deltas)
    {
        var problem = look.Problems.FirstOrDefault(p => p.Object == member.Name);
        var waiting = deltas.Where(d => d.Receiver == member.Name).ToList();
        return new SyncNode
        {
            Sync = definition.Sync.Name,
            Database = member.Name,
            Role = member.Role,
            State = member.Status == DatabaseStatus.Inactive ? "Inactive" : problem is null ? "Online" : problem.Code == "NotPrepared" ? "NotPrepared" : "Away",
            Pending = waiting.Sum(d => d.Rows),
            Lag = waiting.Select(d => d.Lag).DefaultIfEmpty().Max(),
            IsEstimate = problem is not null,
            Problem = problem?.Message,
        };
    }
}
