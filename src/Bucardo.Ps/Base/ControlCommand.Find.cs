using Bucardo.Engine.Catalog;
using Bucardo.Model;

namespace Bucardo.Ps.Base;

// How each kind of object is looked up by name or wildcard.
public abstract partial class ControlCommand
{
    /// <summary>Syncs by name or wildcard.</summary>
    protected IReadOnlyList<Sync> FindSyncs(string name) =>
        Find(name, (control, c) => control.Syncs.ListAsync(null, c), (control, c) => control.Syncs.GetAsync(name, c), sync => sync.Name);

    /// <summary>Databases by name or wildcard.</summary>
    protected IReadOnlyList<Database> FindDatabases(string name) =>
        Find(name, (control, c) => control.Databases.ListAsync(null, c), (control, c) => control.Databases.GetAsync(name, c), database => database.Name);

    /// <summary>Database groups by name or wildcard.</summary>
    protected IReadOnlyList<DatabaseGroup> FindDatabaseGroups(string name) =>
        Find(name, (control, c) => control.DatabaseGroups.ListAsync(null, c), (control, c) => control.DatabaseGroups.GetAsync(name, c), group => group.Name);

    /// <summary>Herds by name or wildcard.</summary>
    protected IReadOnlyList<Herd> FindHerds(string name) =>
        Find(name, (control, c) => control.Herds.ListAsync(null, c), (control, c) => control.Herds.GetAsync(name, c), herd => herd.Name);

    /// <summary>Custom code by name or wildcard.</summary>
    protected IReadOnlyList<CustomCode> FindCustomCodes(string name) =>
        Find(name, (control, c) => control.CustomCodes.ListAsync(null, c), (control, c) => control.CustomCodes.GetAsync(name, c), code => code.Name);

    /// <summary>Registered tables and sequences by name or wildcard, and whatever else the filter says.</summary>
    protected IReadOnlyList<Table> FindTables(string name, TableFilter? filter = null)
    {
        var tables = Ask((control, c) => control.Tables.ListAsync((filter ?? new()) with { Pattern = name }, c));
        // In a quoted name, wildcard signs mean themselves.
        if (tables.Count == 0 && (!Wildcard.IsIn(name) || name.Contains('"')))
        {
            var kind = filter?.Type == RelationType.Sequence ? "Sequence" : "Table";
            throw new BucardoException("TableNotFound", ErrorKind.NotFound,
                $"{kind} '{name}' is not registered in the control database; Get-Bucardo{kind} shows what is, Add-Bucardo{kind} registers it.");
        }
        return tables;
    }

    /// <summary>Identifiers of registered tables, in the order in which they are named.</summary>
    protected IReadOnlyList<int> FindTableIds(IEnumerable<string>? names) => [.. (names ?? []).SelectMany(name => FindTables(name)).Select(table => table.Id).Distinct()];

    /// <summary>Settings by name or wildcard, for all or of one sync.</summary>
    protected IReadOnlyList<Setting> FindSettings(string name, string? sync)
    {
        if (!Wildcard.IsIn(name)) return [Ask((control, c) => control.Config.GetAsync(name, sync, c))];
        var pattern = Wildcard.Pattern(name);
        return [.. Ask((control, c) => control.Config.ListAsync(null, null, c)).Where(s => s.Sync == sync && pattern.IsMatch(s.Name))];
    }

    IReadOnlyList<T> Find<T>(string name, Func<ControlDatabase, CancellationToken, Task<IReadOnlyList<T>>> list,
        Func<ControlDatabase, CancellationToken, Task<T>> get, Func<T, string> nameOf)
    {
        // A name that does not exist is an error, a wildcard that matches nothing is not.
        if (!Wildcard.IsIn(name)) return [Ask(get)];
        var pattern = Wildcard.Pattern(name);
        return [.. Ask(list).Where(item => pattern.IsMatch(nameOf(item)))];
    }
}
