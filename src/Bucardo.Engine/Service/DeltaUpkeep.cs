using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>Clears change rows, as the service does by itself every half minute, and, if somebody insists, what is pending.</summary>
public static class DeltaUpkeep
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Purges what every database of a sync has had. A database that is away keeps what it was last known to lack.</summary>
    /// <exception cref="BucardoException">SyncNotFound, NodeFailed.</exception>
    public static async Task<(IReadOnlyList<DeltaPurge> Purged, IReadOnlyList<Problem> Problems)> PurgeAsync(ControlDatabase control, string name, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        await using var look = await SyncLook.OpenAsync(definition, s_patience, new SyncSessionOptions(), cancellation);
        var purged = await OnNodesAsync(name, () => new DeltaCleaner(look).PurgeAsync(cancellation));
        return ([.. purged.Select(p => new DeltaPurge { Sync = name, Database = p.Key, Purged = p.Value })], look.Problems);
    }

    /// <summary>
    /// Drops what is pending between the databases of a sync, and purges it: none of them will get it. All active databases must be there, and nobody may be running the sync.
    /// </summary>
    /// <exception cref="BucardoException">SyncNotFound, SyncServed, NodesMissing, NodeFailed.</exception>
    public static async Task<IReadOnlyList<DeltaPurge>> ForgetAsync(ControlDatabase control, string name, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        await using var claim = await SyncClaim.TakeAsync(control, definition.Sync, TimeSpan.FromSeconds(10), cancellation);
        await using var look = await SyncLook.OpenAsync(definition, s_patience, new SyncSessionOptions { Epoch = claim.Epoch }, cancellation);
        return await OnNodesAsync(name, async () =>
        {
            var pending = await new DeltaMeter(look, long.MaxValue).MeasureAsync(cancellation);
            if (look.Problems.Count > 0)
                throw new BucardoException("NodesMissing", ErrorKind.Connection,
                    $"What is pending in sync {name} can only be dropped when all its active databases are there: {string.Join(" ", look.Problems.Select(p => p.Message))}");
            var cleaner = new DeltaCleaner(look);
            await cleaner.ForgetAsync(cancellation);
            var purged = await cleaner.PurgeAsync(cancellation);
            return (IReadOnlyList<DeltaPurge>)[.. purged.Select(p => new DeltaPurge { Sync = name, Database = p.Key, Purged = p.Value, Forgotten = pending.Where(d => d.Receiver == p.Key).Sum(d => d.Rows) })];
        });
    }

    static async Task<T> OnNodesAsync<T>(string sync, Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            throw new BucardoException("NodeFailed", ErrorKind.Connection, $"A database of sync {sync} failed ({e.Message}); what was done on the others stays, run it again.", e);
        }
    }
}
