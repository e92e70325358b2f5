using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>The databases that take part in replication.</summary>
public sealed class DatabaseCatalog
{
    internal DatabaseCatalog() { }

    /// <summary>Adds a database; tests the connection first unless told not to.</summary>
    public Task<Database> AddAsync(NewDatabase database, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Databases whose names match, by name.</summary>
    public Task<IReadOnlyList<Database>> ListAsync(string? pattern = null, CancellationToken cancellation = default) => throw new InvalidOperationException();

    /// <summary>One database.</summary>
    public Task<Database> GetAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Changes a database.</summary>
    public Task<Database> UpdateAsync(string name, DatabaseChange change, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Removes a database.</summary>
    public Task RemoveAsync(string name, bool force, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Tests a registered database.</summary>
    public Task<DatabaseTest> TestAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Tests a connection.</summary>
    public Task<DatabaseTest> TestAsync(ConnectionSettings settings, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Where a database is, with the stored password in the clear.</summary>
    public Task<ConnectionSettings> GetConnectionAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException();
}
