using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Herds of tables.</summary>
public sealed class HerdCatalog
{
    internal HerdCatalog() { }

    /// <summary>Makes a herd of registered tables (their ids).</summary>
    public Task<Herd> AddAsync(string name, string? about, IReadOnlyList<int> tables, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Herds whose names match, by name.</summary>
    public Task<IReadOnlyList<Herd>> ListAsync(string? pattern = null, CancellationToken cancellation = default) => throw new InvalidOperationException();

    /// <summary>One herd.</summary>
    public Task<Herd> GetAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Changes a herd.</summary>
    public Task<Herd> UpdateAsync(string name, HerdChange change, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Removes a herd; its tables stay registered.</summary>
    public Task RemoveAsync(string name, bool force, CancellationToken cancellation) => throw new InvalidOperationException();
}
