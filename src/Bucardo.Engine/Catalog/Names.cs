using System.Text.RegularExpressions;
using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>The rules for names, and what is said about names that do not exist.</summary>
static partial class Names
{
    /// <summary>A longer sync name would not fit into the channel bucardo_deactivate_sync_NAME (NOTIFY takes 63 bytes).</summary>
    public const int LongestSyncName = 39;

    const int LongestName = 63;

    /// <exception cref="BucardoException">InvalidName.</exception>
    public static void Check(string name, string what, int longest = LongestName)
    {
        if (!Sane().IsMatch(name) || name.Length > longest)
            throw new BucardoException("InvalidName", ErrorKind.InvalidArgument,
                $"'{name}' cannot be the name of a {what}: it must begin with a letter, hold only letters a-z, digits and underscores, " +
                $"and at most {longest} of them.");
    }

    /// <exception cref="BucardoException">InvalidName.</exception>
    public static void CheckSync(string name)
    {
        Check(name, "sync", LongestSyncName);
        if (name.ToLowerInvariant() is "pushdelta" or "fullcopy" or "swap" or "sync")
            throw new BucardoException("InvalidName", ErrorKind.InvalidArgument,
                $"'{name}' is a word of Bucardo's own and cannot be the name of a sync; choose another.");
    }

    /// <summary>The error for a name that does not exist, with the names that come near.</summary>
    public static BucardoException NotFound(string errorId, string what, string name, IEnumerable<string> known, string remedy)
    {
        var names = known.ToList();
        var near = names.Where(k => IsNear(name, k)).Order(StringComparer.Ordinal).Take(5).ToList();
        var hint = near.Count > 0 ? $"did you mean {List(near)}?"
            : names.Count == 0 ? $"there is none yet; {remedy}."
            : names.Count <= 10 ? $"there are {List(names.Order(StringComparer.Ordinal))}; {remedy}."
                : $"look at the list of names; {remedy}.";
        return new(errorId, ErrorKind.NotFound, $"There is no {what} '{name}' in the control database: {hint}");
    }

    /// <summary>A wildcard pattern (* % ?) as a LIKE pattern; null stays null and means everything.</summary>
    public static string? Like(string? pattern) => pattern is null ? null
        : string.Concat(pattern.Select(c => c switch { '*' or '%' => "%", '?' => "_", '_' => "\\_", '\\' => "\\\\", _ => c.ToString() }));

    /// <summary>A LIKE pattern that fits this name alone.</summary>
    public static string Exact(string name) => name.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_");

    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));

    static bool IsNear(string wanted, string known)
    {
        if (wanted.Length == 0) return false;
        var (a, b) = (wanted.ToLowerInvariant(), known.ToLowerInvariant());
        return a == b || (a.Length >= 3 && (b.Contains(a) || (b.Length >= 3 && a.Contains(b))))
            || Distance(a, b) <= Math.Min(2, Math.Max(a.Length, b.Length) / 3);
    }

    // Levenshtein's distance, row by row.
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }

    [GeneratedRegex(@"\A[a-zA-Z][a-zA-Z0-9_]*\z")]
    private static partial Regex Sane();
}
