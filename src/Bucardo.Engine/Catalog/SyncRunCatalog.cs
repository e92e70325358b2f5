using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>History of the syncs.</summary>
public sealed class SyncRunCatalog
{
    internal SyncRunCatalog() { }

    /// <summary>Notes the start of a round; returns its number.</summary>
    public Task<long> StartAsync(string sync, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Notes the end of a round that was started with StartAsync.</summary>
    public Task<SyncRun> FinishAsync(SyncRun run, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Notes a whole round at once.</summary>
    public Task<SyncRun> RecordAsync(SyncRun run, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Runs, newest first.</summary>
    public Task<IReadOnlyList<SyncRun>> ListAsync(SyncRunFilter? filter = null, CancellationToken cancellation = default) => throw new InvalidOperationException();

    /// <summary>The state of each sync in one line, by name.</summary>
    public Task<IReadOnlyList<SyncState>> StatesAsync(string? pattern = null, CancellationToken cancellation = default) => throw new InvalidOperationException();
}
