using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Checks conflict strategies before they are written. The spelling is settled by the control schema itself, for everybody who
/// writes there.</summary>
static class Strategies
{
    /// <exception cref="BucardoException">InvalidStrategy.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, string strategy, CancellationToken cancellation)
    {
        if (await Query.ValueAsync<string>(connection, "strategy_canonical", cancellation, strategy) is not null) return;
        if (strategy.Contains("custom(", StringComparison.OrdinalIgnoreCase))
            throw new BucardoException("InvalidStrategy", ErrorKind.InvalidArgument,
                $"'{strategy}' names custom code that is not there: Get-BucardoCustomCode lists it, New-BucardoCustomCode makes some.");
        var known = await DatabaseCatalog.NamesAsync(connection, cancellation);
        var databases = known.Count == 0 ? "there are no databases yet"
            : $"databases are {Names.List(known.Order(StringComparer.Ordinal).Take(10))}";
        throw new BucardoException("InvalidStrategy", ErrorKind.InvalidArgument,
            $"'{strategy}' is not a conflict strategy: use bucardo_latest, bucardo_latest(column), bucardo_latest_all_tables, bucardo_earliest, " +
            $"bucardo_source, bucardo_target, bucardo_random, bucardo_skip, bucardo_abort, bucardo_custom(name), or names of databases in order of preference, each once ({databases}).");
    }
}
