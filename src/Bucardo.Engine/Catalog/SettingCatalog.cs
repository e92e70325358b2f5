using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Settings: <c>bucardo.bucardo_config</c>. A running service takes a change up by itself.</summary>
public sealed class SettingCatalog
{
    readonly ControlContext _context;

    internal SettingCatalog(ControlContext context) => _context = context;

    /// <summary>Settings whose names match (wildcards * % ?), by name, each followed by the values that syncs have of their own; null: all.</summary>
    /// <param name="pattern">Names of settings.</param>
    /// <param name="sync">Only the own values of these syncs, wildcards allowed.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<IReadOnlyList<Setting>> ListAsync(string? pattern = null, string? sync = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<Setting>>(async c => await LoadAsync(c, Names.Like(pattern), Names.Like(sync), cancellation), cancellation);

    /// <summary>One setting, or a sync's own value for it.</summary>
    /// <exception cref="BucardoException">SettingNotFound.</exception>
    public Task<Setting> GetAsync(string name, string? sync, CancellationToken cancellation) =>
        _context.ReadAsync(c => FindAsync(c, name, sync, cancellation), cancellation);

    /// <summary>Sets a setting, for all or for one sync.</summary>
    /// <exception cref="BucardoException">SettingNotFound, SettingReadOnly, SettingNotPerSync, SyncNotFound, InvalidValue, InvalidStrategy.</exception>
    public Task<Setting> SetAsync(string name, string value, string? sync, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        await PutAsync(connection, name, value, sync, cancellation);
        return await FindAsync(connection, name, sync, cancellation);
    }, removing: false, cancellation);

    /// <summary>Goes back to the default; for one sync, to the value that holds for all.</summary>
    /// <returns>The setting as it holds then.</returns>
    /// <exception cref="BucardoException">SettingNotFound, SettingReadOnly, SettingNotPerSync, SyncNotFound.</exception>
    public Task<Setting> ResetAsync(string name, string? sync, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        await CheckAsync(connection, name, sync, cancellation);
        if (sync is null) await Query.ExecuteAsync(connection, "setting_reset", cancellation, name);
        else await Query.ExecuteAsync(connection, "setting_reset_sync", cancellation, name, sync);
        return await FindAsync(connection, name, null, cancellation);
    }, removing: false, cancellation);

    internal static async Task PutAsync(NpgsqlConnection connection, string name, string value, string? sync, CancellationToken cancellation)
    {
        await CheckAsync(connection, name, sync, cancellation);
        await SettingRules.CheckAsync(connection, name, value, cancellation);
        if (sync is null) await Query.ExecuteAsync(connection, "setting_set", cancellation, name, value);
        else await Query.ExecuteAsync(connection, "setting_set_sync", cancellation, name, value, sync);
    }

    static async Task CheckAsync(NpgsqlConnection connection, string name, string? sync, CancellationToken cancellation)
    {
        var setting = await FindAsync(connection, name, null, cancellation);
        if (setting.IsReadOnly)
            throw new BucardoException("SettingReadOnly", ErrorKind.InvalidOperation,
                $"Setting '{setting.Name}' of the control database is kept by the program itself; Update-Bucardo upgrades the schema.");
        if (sync is null) return;
        await SyncCatalog.FindAsync(connection, sync, cancellation);
        if (!SettingRules.IsPerSync(name))
            throw new BucardoException("SettingNotPerSync", ErrorKind.InvalidArgument,
                $"Setting '{setting.Name}' holds for all syncs; sync '{sync}' can have no value of its own: leave the sync out, or look at Set-BucardoSync.");
    }

    static async Task<Setting> FindAsync(NpgsqlConnection connection, string name, string? sync, CancellationToken cancellation)
    {
        var found = await LoadAsync(connection, Names.Exact(name), null, cancellation);
        if (found.FirstOrDefault(s => s.Sync == sync) is { } setting) return setting;
        if (found.Count > 0)
            throw new BucardoException("SettingNotFound", ErrorKind.NotFound,
                $"Sync '{sync}' has no value of its own for setting '{found[0].Name}': what holds for all, {found[0].Value}, holds for it; Set-BucardoConfig gives it one.");
        var known = await LoadAsync(connection, null, null, cancellation);
        throw Names.NotFound("SettingNotFound", "setting", name, known.Select(s => s.Name).Distinct(), "Get-BucardoConfig shows them");
    }

    internal static Task<List<Setting>> LoadAsync(NpgsqlConnection connection, string? name, string? sync, CancellationToken cancellation) =>
        Query.ListAsync(connection, "setting_list", Read, cancellation, name, sync);

    static Setting Read(NpgsqlDataReader r) => new()
    {
        Name = r.Get<string>("name"),
        Sync = r.Text("sync"),
        Value = r.Get<string>("setting"),
        Default = r.Text("defval"),
        About = r.Text("about"),
        IsReadOnly = SettingRules.IsReadOnly(r.Get<string>("name")),
    };
}
