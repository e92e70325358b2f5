namespace Bucardo.Model;

/// <summary>How the rows of a conflict look in the module's lists.</summary>
public static class ConflictText
{
    /// <summary>A row, a column a line; a star marks what the other row has otherwise.</summary>
    /// <param name="row">The row; null: it was deleted; empty: it was too large to be kept.</param>
    /// <param name="other">The row that it is compared with.</param>
    public static string Row(IReadOnlyDictionary<string, string?>? row, IReadOnlyDictionary<string, string?>? other)
    {
        if (row is null) return "(deleted)";
        if (row.Count == 0) return "(too large to be kept)";
        var width = row.Keys.Max(name => name.Length);
        return string.Join('\n', row.Select(column => $"{(Differs(column, other) ? '*' : ' ')} {column.Key.PadRight(width)} = {column.Value ?? "null"}"));
    }

    /// <summary>Where and when a version was written.</summary>
    public static string Version(string? database, DateTimeOffset? time) => database is null ? "not known any more" : $"{database}, {Display.Time(time)}";

    static bool Differs(KeyValuePair<string, string?> column, IReadOnlyDictionary<string, string?>? other) =>
        other is { Count: > 0 } && (!other.TryGetValue(column.Key, out var value) || value != column.Value);
}
