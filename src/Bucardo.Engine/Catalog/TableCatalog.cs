using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Tables and sequences.</summary>
public sealed class TableCatalog
{
    internal TableCatalog() { }

    /// <summary>Registers tables or sequences of a database.</summary>
    public Task<TableAddition> AddAsync(TableSelection selection, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Registered tables, by database, schema and name.</summary>
    public Task<IReadOnlyList<Table>> ListAsync(TableFilter? filter = null, CancellationToken cancellation = default) => throw new InvalidOperationException();

    /// <summary>One registered table.</summary>
    public Task<Table> GetAsync(int id, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Changes a registered table.</summary>
    public Task<Table> UpdateAsync(int id, TableChange change, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Removes a table from the control database; force: also from the herds that syncs use.</summary>
    public Task RemoveAsync(int id, bool force, CancellationToken cancellation) => throw new InvalidOperationException();
}
