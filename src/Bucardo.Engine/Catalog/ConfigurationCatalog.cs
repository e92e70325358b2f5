using Bucardo.Engine.Catalog.Configuration;
using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>The whole configuration at once: databases, groups, custom code, tables, herds, syncs and settings, without passwords and history.</summary>
public sealed class ConfigurationCatalog
{
    readonly ControlContext _context;

    internal ConfigurationCatalog(ControlContext context) => _context = context;

    /// <summary>The configuration as JSON.</summary>
    public Task<string> ExportAsync(CancellationToken cancellation) =>
        _context.ReadAsync(async c => (await ConfigurationReader.ReadAsync(c, _context.Vault.File, cancellation)).ToJson(), cancellation);

    /// <summary>What importing a configuration would change; nothing: it is in force already.</summary>
    /// <param name="json">The configuration, as <see cref="ExportAsync"/> gives it.</param>
    /// <param name="prune">Whether what is not in it is to go.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="BucardoException">InvalidConfiguration.</exception>
    public Task<IReadOnlyList<ConfigurationChange>> CompareAsync(string json, bool prune, CancellationToken cancellation)
    {
        var wanted = ConfigurationFile.Parse(json);
        return _context.ReadAsync(async c => new ConfigurationDiff(await ConfigurationReader.ReadAsync(c, _context.Vault.File, cancellation), wanted, prune).Changes(), cancellation);
    }

    /// <summary>
    /// Makes the control database what a configuration says, all of it or nothing. The databases are not connected to; stored passwords stay; new syncs are inactive. What is installed on the
    /// databases for a sync that goes is not touched: remove such a sync by itself, first.
    /// </summary>
    /// <exception cref="BucardoException">InvalidConfiguration, PasswordInClear, SyncExists for a sync that would have to be removed, and what each object may be refused for.</exception>
    public Task<IReadOnlyList<ConfigurationChange>> ImportAsync(string json, bool prune, CancellationToken cancellation)
    {
        var wanted = ConfigurationFile.Parse(json);
        return _context.WriteAsync<IReadOnlyList<ConfigurationChange>>(async connection =>
        {
            await Query.ExecuteAsync(connection, "configuration_lock", cancellation);
            var changes = new ConfigurationDiff(await ConfigurationReader.ReadAsync(connection, _context.Vault.File, cancellation), wanted, prune).Changes();
            if (changes.Where(c => c is { Kind: "Sync", Action: "Remove" }).Select(c => c.Name).ToList() is { Count: > 0 } syncs)
                throw new BucardoException("SyncInTheWay", ErrorKind.InvalidOperation,
                    $"The configuration does not have the syncs {Names.List(syncs)}: remove them first with Remove-BucardoSync, which also takes away what they installed on their databases.");
            var writer = new ConfigurationWriter(connection, wanted, _context.Vault.File, cancellation);
            foreach (var change in changes) await writer.ApplyAsync(change);
            return [.. changes.Select(c => c with { Applied = true })];
        }, removing: false, cancellation);
    }
}
