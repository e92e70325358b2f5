using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog.Configuration;

/// <summary>Reads the whole configuration, in one snapshot.</summary>
static class ConfigurationReader
{
    public static async Task<ConfigurationFile> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var tables = await TableCatalog.LoadAsync(connection, new TableFilter(), cancellation);
        var byId = tables.ToDictionary(t => t.Id);
        var herds = await Query.ListAsync(connection, "herd_members", r => (Herd: r.Get<string>("herd"), Table: r.Get<int>("goat"), Priority: r.Get<int>("priority")), cancellation);
        return new ConfigurationFile
        {
            Databases = [.. (await Query.ListAsync(connection, "db_list", Rows.Database, cancellation, (string?)null)).Select(Entry)],
            DatabaseGroups = [.. (await Query.ListAsync(connection, "group_list", Rows.Group, cancellation, (string?)null)).Select(Entry)],
            Tables = [.. tables.Select(Entry)],
            Herds = [.. (await Query.ListAsync(connection, "herd_list", r => (Name: r.Get<string>("name"), About: r.Text("about")), cancellation, (string?)null)).Select(h => new HerdEntry(h.Name)
            {
                About = h.About,
                Tables = [.. herds.Where(m => m.Herd == h.Name).Select(m => new HerdTableEntry(byId[m.Table].Database, byId[m.Table].Schema, byId[m.Table].Name) { Priority = m.Priority })],
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
