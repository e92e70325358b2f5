using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Syncs.</summary>
public sealed class SyncCatalog
{
    internal SyncCatalog() { }

    /// <summary>Makes a sync.</summary>
    public Task<Sync> AddAsync(NewSync sync, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Syncs whose names match, by name.</summary>
    public Task<IReadOnlyList<Sync>> ListAsync(string? pattern = null, CancellationToken cancellation = default) => throw new InvalidOperationException();

    /// <summary>One sync.</summary>
    public Task<Sync> GetAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Changes a sync.</summary>
    public Task<Sync> UpdateAsync(string name, SyncChange change, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Removes a sync; its history stays.</summary>
    public Task RemoveAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Sets the status.</summary>
    public Task<Sync> SetStatusAsync(string name, SyncStatus status, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Pauses or resumes.</summary>
    public Task<Sync> SetPausedAsync(string name, bool paused, string? reason, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>All that a round needs to know of one sync.</summary>
    public Task<SyncDefinition> LoadDefinitionAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>The definitions of all active syncs.</summary>
    public Task<IReadOnlyList<SyncDefinition>> LoadDefinitionsAsync(CancellationToken cancellation) => throw new InvalidOperationException();
}
