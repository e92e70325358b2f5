using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Groups of databases, with roles.</summary>
public sealed class DatabaseGroupCatalog
{
    internal DatabaseGroupCatalog() { }

    /// <summary>Makes a group.</summary>
    public Task<DatabaseGroup> AddAsync(string name, IReadOnlyList<DatabaseGroupMember> members, string? about, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Groups whose names match, by name.</summary>
    public Task<IReadOnlyList<DatabaseGroup>> ListAsync(string? pattern = null, CancellationToken cancellation = default) => throw new InvalidOperationException();

    /// <summary>One group.</summary>
    public Task<DatabaseGroup> GetAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Changes a group.</summary>
    public Task<DatabaseGroup> UpdateAsync(string name, DatabaseGroupChange change, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Removes a group.</summary>
    public Task RemoveAsync(string name, bool force, CancellationToken cancellation) => throw new InvalidOperationException();
}
