using System.Globalization;
using Bucardo.Model;

namespace Bucardo.Engine.Catalog.Configuration;

/// <summary>What has to be done to make one configuration into another: a pure function.</summary>
/// <param name="current">What there is.</param>
/// <param name="wanted">What there is to be.</param>
/// <param name="prune">Whether what is not wanted is to go.</param>
sealed class ConfigurationDiff(ConfigurationFile current, ConfigurationFile wanted, bool prune)
{
    /// <summary>The changes, in an order in which they can be carried out.</summary>
    public IReadOnlyList<ConfigurationChange> Changes() =>
    [
        .. Kept(Compare("Database", current.Databases, wanted.Databases, d => d.Name, Describe)),
        .. Kept(Compare("DatabaseGroup", current.DatabaseGroups, wanted.DatabaseGroups, g => g.Name, Describe)),
        .. Kept(Compare("CustomCode", current.CustomCodes, wanted.CustomCodes, c => c.Name, Describe)),
        .. Kept(Compare("Table", current.Tables, wanted.Tables, Name, Describe)),
        .. Kept(Compare("Herd", current.Herds, wanted.Herds, h => h.Name, Describe)),
        .. Kept(Compare("Sync", current.Syncs, wanted.Syncs, s => s.Name, Describe)),
        .. Kept(Compare("Setting", current.Settings, wanted.Settings, Name, Describe)),
        // When nothing uses it any more.
        .. Removed(Compare("Setting", current.Settings, wanted.Settings, Name, Describe)),
        .. Removed(Compare("Sync", current.Syncs, wanted.Syncs, s => s.Name, Describe)),
        .. Removed(Compare("Herd", current.Herds, wanted.Herds, h => h.Name, Describe)),
        .. Removed(Compare("Table", current.Tables, wanted.Tables, Name, Describe)),
        .. Removed(Compare("CustomCode", current.CustomCodes, wanted.CustomCodes, c => c.Name, Describe)),
        .. Removed(Compare("DatabaseGroup", current.DatabaseGroups, wanted.DatabaseGroups, g => g.Name, Describe)),
        .. Removed(Compare("Database", current.Databases, wanted.Databases, d => d.Name, Describe)),
    ];

    public static string Name(TableEntry table) => $"{table.Database}:{table.Schema}.{table.Name}";

    public static string Name(SettingEntry setting) => setting.Sync is null ? setting.Name : $"{setting.Name} of {setting.Sync}";

    static IEnumerable<ConfigurationChange> Removed(IEnumerable<ConfigurationChange> changes) => changes.Where(c => c.Action == "Remove");

    static IEnumerable<ConfigurationChange> Kept(IEnumerable<ConfigurationChange> changes) => changes.Where(c => c.Action != "Remove");

    IEnumerable<ConfigurationChange> Compare<T>(string kind, IReadOnlyList<T> before, IReadOnlyList<T> after, Func<T, string> name, Func<T, IEnumerable<(string Name, string? Value)>> describe)
    {
        if (after.GroupBy(name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new BucardoException("InvalidConfiguration", ErrorKind.InvalidArgument, $"The configuration names {kind} '{twice.Key}' twice: leave one of them out.");
        var known = before.ToDictionary(name);
        var left = after.Select(name).ToHashSet();
        foreach (var item in after)
        {
            var values = describe(item).ToList();
            if (!known.TryGetValue(name(item), out var old))
            {
                yield return new() { Kind = kind, Name = name(item), Action = "Add", Details = [.. values.Where(v => v.Value is not null).Select(v => $"{v.Name}: {v.Value}")] };
                continue;
            }
            var was = describe(old).ToDictionary(v => v.Name, v => v.Value);
            var details = values.Where(v => was[v.Name] != v.Value).Select(v => $"{v.Name}: {was[v.Name] ?? "none"} -> {v.Value ?? "none"}").ToList();
            if (details.Count > 0) yield return new() { Kind = kind, Name = name(item), Action = "Change", Details = details };
        }
        foreach (var item in before.Where(b => prune && !left.Contains(name(b)))) yield return new() { Kind = kind, Name = name(item), Action = "Remove" };
    }

    static IEnumerable<(string, string?)> Describe(DatabaseEntry d) =>
    [
        ("hostName", d.HostName), ("port", d.Port?.ToString(CultureInfo.InvariantCulture)), ("databaseName", d.DatabaseName), ("userName", d.UserName), ("serviceName", d.ServiceName),
        ("passFile", d.PassFile), ("options", d.Options), ("connectionString", d.ConnectionString), ("status", d.Status.ToString()),
    ];

    static IEnumerable<(string, string?)> Describe(GroupEntry g) =>
    [
        ("about", g.About),
        ("members", string.Join(" ", g.Members.OrderBy(m => m.Database, StringComparer.Ordinal).Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Database}:{m.Role}:{m.Priority}")))),
    ];

    static IEnumerable<(string, string?)> Describe(CodeEntry c) =>
    [
        ("language", c.Language.ToString()), ("source", c.Source), ("timeout", c.Timeout.ToString(CultureInfo.InvariantCulture)), ("about", c.About), ("sealed", c.Sealed?.ToString()),
    ];

    static IEnumerable<(string, string?)> Describe(TableEntry t) =>
    [
        ("type", t.Type.ToString()), ("keyColumns", string.Join(", ", t.KeyColumns)), ("keyTypes", string.Join(", ", t.KeyTypes)), ("conflictStrategy", t.ConflictStrategy),
        ("autoKick", t.AutoKick?.ToString()), ("mergeColumns", t.MergeColumns.ToString()), ("counters", string.Join(", ", t.Counters)),
    ];

    static IEnumerable<(string, string?)> Describe(HerdEntry h) =>
    [
        ("about", h.About),
        ("tables", string.Join(" ", h.Tables.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Database}:{t.Schema}.{t.Name}:{t.Priority}")).Order(StringComparer.Ordinal))),
    ];

    static IEnumerable<(string, string?)> Describe(SyncEntry s) =>
    [
        ("herd", s.Herd), ("databaseGroup", s.DatabaseGroup), ("autoKick", s.AutoKick.ToString()), ("checkTime", s.CheckTime?.ToString(CultureInfo.InvariantCulture)),
        ("conflictStrategy", s.ConflictStrategy), ("maximumChanges", s.MaximumChanges.ToString(CultureInfo.InvariantCulture)),
    ];

    static IEnumerable<(string, string?)> Describe(SettingEntry s) => [("value", s.Value)];
}
