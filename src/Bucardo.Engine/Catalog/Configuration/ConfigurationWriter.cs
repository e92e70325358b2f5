using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog.Configuration;

/// <summary>Carries out changes of the configuration, within a transaction of the control database.</summary>
sealed class ConfigurationWriter(NpgsqlConnection connection, ConfigurationFile wanted, KeyFile file, CancellationToken cancellation)
{
    public async Task ApplyAsync(ConfigurationChange change)
    {
        var isNew = change.Action == "Add";
        await (change switch
        {
            { Kind: "Database", Action: "Remove" } => RunAsync("db_delete", change.Name),
            { Kind: "DatabaseGroup", Action: "Remove" } => RunAsync("group_delete", change.Name),
            { Kind: "Herd", Action: "Remove" } => RunAsync("herd_delete", change.Name),
            { Kind: "Sync", Action: "Remove" } => RunAsync("sync_delete", change.Name),
            { Kind: "Table", Action: "Remove" } => RemoveTableAsync(change.Name),
            { Kind: "Setting", Action: "Remove" } => ResetAsync(change.Name),
            { Kind: "CustomCode", Action: "Remove" } => RunAsync("code_delete", change.Name),
            { Kind: "Database" } => PutAsync(wanted.Databases.First(d => d.Name == change.Name), isNew),
            { Kind: "DatabaseGroup" } => PutAsync(wanted.DatabaseGroups.First(g => g.Name == change.Name), isNew),
            { Kind: "CustomCode" } => PutAsync(wanted.CustomCodes.First(c => c.Name == change.Name), isNew),
            { Kind: "Table" } => PutAsync(wanted.Tables.First(t => ConfigurationDiff.Name(t) == change.Name), isNew),
            { Kind: "Herd" } => PutAsync(wanted.Herds.First(h => h.Name == change.Name), isNew),
            { Kind: "Sync" } => PutAsync(wanted.Syncs.First(s => s.Name == change.Name), isNew),
            _ => PutAsync(wanted.Settings.First(s => ConfigurationDiff.Name(s) == change.Name)),
        });
    }

    async Task PutAsync(DatabaseEntry entry, bool isNew)
    {
        Names.Check(entry.Name, "database");
        var settings = ConnectionSecrets.Separate(new ConnectionSettings
        {
            HostName = entry.HostName, Port = entry.Port, DatabaseName = entry.DatabaseName, UserName = entry.UserName, ServiceName = entry.ServiceName,
            PassFile = entry.PassFile, Options = entry.Options, ConnectionString = entry.ConnectionString,
        });
        if (settings.Password is not null)
            throw new BucardoException("PasswordInClear", ErrorKind.InvalidArgument,
                $"The configuration holds a password for database '{entry.Name}': take it out there, and set it with Set-BucardoDatabase -Credential, or use a passfile.");
        if (isNew) await RunAsync("db_insert", [entry.Name, .. DatabaseCatalog.Columns(settings, null), Rows.Word(entry.Status)]);
        else
        {
            var (_, stored) = await DatabaseCatalog.LockAsync(connection, entry.Name, cancellation);
            await RunAsync("db_update", [entry.Name, entry.Name, .. DatabaseCatalog.Columns(settings, stored), Rows.Word(entry.Status)]);
        }
    }

    async Task PutAsync(GroupEntry entry, bool isNew)
    {
        var members = entry.Members.Select(m => new DatabaseGroupMember { Database = m.Database, Role = m.Role, Priority = m.Priority }).ToList();
        if (isNew)
        {
            Names.Check(entry.Name, "database group");
            await DatabaseGroupCatalog.CreateAsync(connection, entry.Name, members, entry.About, cancellation);
            return;
        }
        await RunAsync("group_update", entry.Name, entry.Name, entry.About ?? "");
        await RunAsync("group_keep_members", entry.Name, members.Select(m => m.Database).ToArray());
        await DatabaseGroupCatalog.PutAsync(connection, entry.Name, members, cancellation);
    }

    Task PutAsync(CodeEntry entry, bool isNew)
    {
        Names.Check(entry.Name, "piece of custom code");
        var timeout = CustomCodeCatalog.Checked(TimeSpan.FromSeconds(entry.Timeout)).TotalSeconds;
        var (source, seal) = CustomCodeCatalog.Prepare(entry.Name, entry.Language, entry.Source, file);
        if (entry.Sealed == false) seal = null;
        return isNew
            ? RunAsync("code_insert", entry.Name, entry.About, Rows.Word(entry.Language), source, timeout, seal)
            : RunAsync("code_update", entry.Name, entry.Name, entry.About ?? "", Rows.Word(entry.Language), source, timeout, seal);
    }

    async Task PutAsync(TableEntry entry, bool isNew)
    {
        if (entry.ConflictStrategy is { } strategy) await Strategies.CheckAsync(connection, strategy, cancellation);
        if (!(await DatabaseCatalog.NamesAsync(connection, cancellation)).Contains(entry.Database)) throw await DatabaseCatalog.NotFoundAsync(connection, entry.Database, cancellation);
        if (isNew)
        {
            await RunAsync("table_insert", entry.Database, entry.Schema, entry.Name, Rows.Word(entry.Type), entry.KeyColumns.ToArray(), entry.KeyTypes.ToArray(),
                entry.ConflictStrategy, entry.AutoKick, entry.MergeColumns, entry.Counters.ToArray());
            return;
        }
        await RunAsync("table_update", await IdAsync(entry.Database, entry.Schema, entry.Name), entry.KeyColumns.ToArray(), entry.KeyTypes.ToArray(), entry.ConflictStrategy ?? "",
            entry.AutoKick, entry.AutoKick is null, entry.MergeColumns, entry.Counters.ToArray());
    }

    async Task PutAsync(HerdEntry entry, bool isNew)
    {
        Names.Check(entry.Name, "herd");
        if (isNew) await HerdCatalog.CreateAsync(connection, entry.Name, entry.About, [], cancellation);
        else await RunAsync("herd_update", entry.Name, entry.Name, entry.About ?? "");
        var ids = new Dictionary<int, int>();
        foreach (var table in entry.Tables) ids[await IdAsync(table.Database, table.Schema, table.Name)] = table.Priority;
        await RunAsync("herd_keep", entry.Name, ids.Keys.ToArray());
        await RunAsync("herd_add", entry.Name, ids.Keys.ToArray(), 0);
        foreach (var (id, priority) in ids) await RunAsync("herd_priority", entry.Name, id, priority);
    }

    async Task PutAsync(SyncEntry entry, bool isNew)
    {
        Names.CheckSync(entry.Name);
        SyncCatalog.CheckValues(entry.CheckTime is { } seconds ? TimeSpan.FromSeconds(seconds) : null, entry.MaximumChanges);
        await HerdCatalog.FindAsync(connection, entry.Herd, cancellation);
        SyncCatalog.RefuseWithoutSource(entry.Name, await DatabaseGroupCatalog.FindAsync(connection, entry.DatabaseGroup, cancellation));
        if (entry.ConflictStrategy is { } strategy) await Strategies.CheckAsync(connection, strategy, cancellation);
        // Nothing is installed on the databases by reading a file: Start-BucardoSync does that.
        if (isNew) await RunAsync("sync_insert", entry.Name, entry.Herd, entry.DatabaseGroup, Rows.Word(SyncStatus.Inactive), entry.AutoKick, entry.CheckTime, entry.ConflictStrategy, (long)entry.MaximumChanges);
        else await RunAsync("sync_update", entry.Name, null, entry.Herd, entry.DatabaseGroup, entry.AutoKick, entry.CheckTime ?? 0, entry.ConflictStrategy, (long)entry.MaximumChanges);
    }

    Task PutAsync(SettingEntry entry) => SettingCatalog.PutAsync(connection, entry.Name, entry.Value, entry.Sync, cancellation);

    async Task RemoveTableAsync(string name)
    {
        var tables = await TableCatalog.LoadAsync(connection, new TableFilter(), cancellation);
        await RunAsync("table_delete", tables.First(t => $"{t.Database}:{t.FullName}" == name).Id);
    }

    async Task ResetAsync(string name)
    {
        var setting = (await SettingCatalog.LoadAsync(connection, null, null, cancellation)).First(s => ConfigurationDiff.Name(new SettingEntry(s.Name, s.Value) { Sync = s.Sync }) == name);
        await (setting.Sync is { } sync ? RunAsync("setting_reset_sync", setting.Name, sync) : RunAsync("setting_reset", setting.Name));
    }

    async Task<int> IdAsync(string database, string schema, string name)
    {
        var tables = await TableCatalog.LoadAsync(connection, new TableFilter { Database = Names.Exact(database), Schema = Names.Exact(schema) }, cancellation);
        return tables.FirstOrDefault(t => t.Name == name)?.Id ?? throw new BucardoException("TableNotFound", ErrorKind.NotFound,
            $"Table '{schema}.{name}' of database '{database}' is in a herd of the configuration, but neither in its tables nor in the control database: add it to the tables.");
    }

    Task RunAsync(string file, params object?[] values) => Query.ExecuteAsync(connection, file, cancellation, values);
}
