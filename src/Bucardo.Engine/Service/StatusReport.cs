using Bucardo.Engine.Catalog;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>How the syncs are doing: what the control database knows, and what their databases say.</summary>
public static class StatusReport
{
    // Enough to say that it is a lot, and quickly.
    const long CountedRows = 100_000;

    /// <summary>The state of each sync, by name.</summary>
    /// <param name="control">The control database.</param>
    /// <param name="syncs">The syncs.</param>
    /// <param name="patience">How long a database may take to answer; null: they are not asked.</param>
    /// <param name="cancellation">Cancels it.</param>
    public static async Task<IReadOnlyList<SyncState>> GetAsync(ControlDatabase control, IReadOnlyList<Sync> syncs, TimeSpan? patience, CancellationToken cancellation)
    {
        var states = (await control.SyncRuns.StatesAsync(null, cancellation)).ToDictionary(s => s.Name);
        // What a killed service has left in its entry is not to be believed.
        var served = (await ServiceDirectory.ListAsync(control, cancellation)).SelectMany(s => s.Syncs).ToHashSet();
        var limit = await control.Clocks.LimitAsync(cancellation);
        return await Task.WhenAll(syncs.Where(s => states.ContainsKey(s.Name)).OrderBy(s => s.Name, StringComparer.Ordinal).Select(async sync =>
            HealthRules.Judge(sync, states[sync.Name] with { Served = served.Contains(sync.Name) }, await NodesAsync(control, sync, patience, cancellation), limit)));
    }

    static async Task<IReadOnlyList<SyncNode>> NodesAsync(ControlDatabase control, Sync sync, TimeSpan? patience, CancellationToken cancellation)
    {
        if (patience is not { } limit) return [];
        // Where a sync was never started, there is nothing to ask for.
        if (sync.Status == SyncStatus.Inactive) return [];
        try
        {
            return (await SyncInspection.MeasureAsync(control, sync.Name, limit, CountedRows, cancellation)).Nodes;
        }
        catch (BucardoException e) when (e.ErrorId is "NodeFailed" or "SyncNotFound")
        {
            // It failed in the middle, or has just been removed: what the control database knows is shown all the same.
            return [];
        }
    }
}
