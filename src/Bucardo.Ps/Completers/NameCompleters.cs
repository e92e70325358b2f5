using Bucardo.Engine.Catalog;

namespace Bucardo.Ps.Completers;

/// <summary>Completes names of syncs.</summary>
public sealed class SyncNameCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.Syncs.ListAsync(null, cancellation)).Select(s => (s.Name, $"{s.Herd} over {s.DatabaseGroup}, {s.Status}"));
}

/// <summary>Completes names of databases.</summary>
public sealed class DatabaseNameCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.Databases.ListAsync(null, cancellation)).Select(d => (d.Name, d.Connection.ToString()));
}

/// <summary>Completes names of database groups.</summary>
public sealed class DatabaseGroupNameCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.DatabaseGroups.ListAsync(null, cancellation)).Select(g => (g.Name, string.Join(", ", g.Members)));
}

/// <summary>Completes names of herds.</summary>
public sealed class HerdNameCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.Herds.ListAsync(null, cancellation)).Select(h => (h.Name, $"{h.Tables.Count} tables"));
}

/// <summary>Completes names of settings.</summary>
public sealed class SettingNameCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.Config.ListAsync(null, null, cancellation)).Where(s => s.Sync is null).Select(s => (s.Name, $"{s.Value}: {s.About}"));
}

/// <summary>Completes names of custom code.</summary>
public sealed class CustomCodeNameCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.CustomCodes.ListAsync(null, cancellation)).Select(c => (c.Name, c.About ?? $"{c.Language}"));
}
