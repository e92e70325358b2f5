using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog.Configuration;

/// <summary>Reads the whole configuration, in one snapshot.</summary>
static class ConfigurationReader
{
    public static async Task<ConfigurationFile> ReadAsync(NpgsqlConnection connection, KeyFile file, CancellationToken cancellation)
    {
        var seal = new CodeSeal(file);
        var tables = await TableCatalog.LoadAsync(connection, new TableFilter(), cancellation);
        var byId = tables.ToDictionary(t => t.Id);
        var herds = await Query.ListAsync(connection, "herd_members", r => (Herd: r.Get<string>("herd"), Table: r.Get<int>("goat"), Priority: r.Get<int>("priority")), cancellation);
        return new ConfigurationFile
        {
            Databases = [.. (await Query.ListAsync(connection, "db_list", Rows.Database, cancellation, (string?)null)).Select(Entry)],
            DatabaseGroups = [.. (await Query.ListAsync(connection, "group_list", Rows.Group, cancellation, (string?)null)).Select(Entry)],
            CustomCodes = [.. (await CustomCodeCatalog.LoadAsync(connection, null, cancellation)).Select(l => Entry(l.Code, l.Seal, seal))],
            Tables = [.. tables.Select(Entry)],
            Herds = [.. (await Query.ListAsync(connection, "herd_list", r => (Name: r.Get<string>("name"), About: r.Text("about")), cancellation, (string?)null)).Select(h => new HerdEntry(h.Name)
            {
                About = h.About,
                // In an order that does not depend on the order in which they were registered.
                Tables = [.. herds.Where(m => m.Herd == h.Name).Select(m => new HerdTableEntry(byId[m.Table].Database, byId[m.Table].Schema, byId[m.Table].Name) { Priority = m.Priority })
                    .OrderByDescending(m => m.Priority).ThenBy(m => m.Database, StringComparer.Ordinal).ThenBy(m => m.Schema, StringComparer.Ordinal).ThenBy(m => m.Name, StringComparer.Ordinal)],
            })],
            Syncs = [.. (await Query.ListAsync(connection, "sync_list", Rows.Sync, cancellation, null, false)).Select(Entry)],
            Settings = [.. (await SettingCatalog.LoadAsync(connection, null, null, cancellation)).Where(s => s.IsChanged).Select(s => new SettingEntry(s.Name, s.Value) { Sync = s.Sync })],
        };
    }

    // The password is not among what a connection shows.
    static DatabaseEntry Entry(Database d) => new(d.Name)
    {
        HostName = d.Connection.HostName,
        Port = d.Connection.Port,
        DatabaseName = d.Connection.DatabaseName,
        UserName = d.Connection.UserName,
        ServiceName = d.Connection.ServiceName,
        PassFile = d.Connection.PassFile,
        Options = d.Connection.Options,
        ConnectionString = d.Connection.ConnectionString,
        // Stalled is the service's own word.
        Status = d.Status == DatabaseStatus.Inactive ? DatabaseStatus.Inactive : DatabaseStatus.Active,
    };

    static GroupEntry Entry(DatabaseGroup g) =>
        new(g.Name) { About = g.About, Members = [.. g.Members.Select(m => new MemberEntry(m.Database, m.Role) { Priority = m.Priority })] };

    static CodeEntry Entry(CustomCode c, string? seal, CodeSeal seals) => new(c.Name, c.Source)
    {
        Language = c.Language,
        Timeout = c.Timeout.TotalSeconds,
        About = c.About,
        Sealed = c.Language == CustomCodeLanguage.PowerShell && seals.WhyNot(c.Name, c.Source, seal) is not null ? false : null,
    };

    static TableEntry Entry(Table t) => new(t.Database, t.Schema, t.Name)
    {
        Type = t.Type,
        KeyColumns = t.KeyColumns,
        KeyTypes = t.KeyTypes,
        ConflictStrategy = t.ConflictStrategy,
        AutoKick = t.AutoKick,
        MergeColumns = t.MergeColumns,
        Counters = t.Counters,
    };

    static SyncEntry Entry(Sync s) => new(s.Name, s.Herd, s.DatabaseGroup)
    {
        AutoKick = s.AutoKick,
        CheckTime = s.CheckTime?.TotalSeconds,
        ConflictStrategy = s.ConflictStrategy,
        MaximumChanges = s.MaximumChanges,
    };
}
