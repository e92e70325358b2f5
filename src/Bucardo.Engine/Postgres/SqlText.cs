using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Bucardo.Engine.Postgres;

/// <summary>The .sql files that are embedded in this assembly.</summary>
public static partial class SqlText
{
    static readonly ConcurrentDictionary<string, string> s_files = new();

    /// <summary>The text of one file; its name is the path inside the project, such as <c>Capture/change_table.sql</c>.</summary>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    public static string Load(string name) => s_files.GetOrAdd(name, Read);

    /// <summary>A file whose <c>{name}</c> marks are replaced. The values go into the text as they are: quote names and literals first.</summary>
    public static string Load(string name, params (string Mark, string Value)[] values)
    {
        // One pass, so that a value that looks like a mark stays what it is.
        var replacements = values.ToDictionary(v => v.Mark, v => v.Value);
        return Marks().Replace(Load(name), m => replacements.TryGetValue(m.Groups[1].Value, out var value) ? value : m.Value);
    }

    /// <summary>Names of the embedded files in a folder, in ordinal order.</summary>
    public static IReadOnlyList<string> Names(string folder) =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(n => n.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Marks();

    static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new ArgumentException($"There is no embedded SQL file '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
