using System.Text;
using System.Text.RegularExpressions;

namespace Bucardo.Engine.Catalog;

/// <summary>
/// A table name as people write it: <c>table</c> or <c>schema.table</c>, in the catalog's spelling, with wildcards * % ?; what stands in
/// double
/// quotes is literal. A dot outside quotes parts schema and table, but a table whose own name holds the dot is found as well.
/// </summary>
sealed class TablePattern
{
    readonly List<(Regex? Schema, Regex Name)> _readings = [];

    TablePattern(string text) => Text = text;

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>True when it holds a wildcard, so that it may fit nothing, or many.</summary>
    public bool IsWildcard { get; private set; }

    public static TablePattern Parse(string text)
    {
        var pattern = new TablePattern(text);
        var letters = Letters(text);
        pattern.IsWildcard = letters.Any(l => l is ('*' or '%' or '?', false));
        // schema.table comes first; the reading without a schema last.
        for (var i = 1; i < letters.Count - 1; i++)
        {
            if (letters[i] is ('.', false)) pattern._readings.Add((ToRegex(letters.Take(i)), ToRegex(letters.Skip(i + 1))));
        }
        pattern._readings.Add((null, ToRegex(letters)));
        return pattern;
    }

    /// <summary>Those that the pattern fits: by its first reading that fits any.</summary>
    public List<T> Select<T>(IEnumerable<T> items, Func<T, (string Schema, string Name)> nameOf)
    {
        var all = items as IReadOnlyCollection<T> ?? [.. items];
        foreach (var (schema, name) in _readings)
        {
            var found = all.Where(i => nameOf(i) is var n && name.IsMatch(n.Name) && (schema is null || schema.IsMatch(n.Schema))).ToList();
            if (found.Count > 0) return found;
        }
        return [];
    }

    /// <summary>A plain wildcard pattern, such as a schema's.</summary>
    public static Regex Glob(string text) => ToRegex(text.Select(c => (c, false)));

    static List<(char Char, bool Literal)> Letters(string text)
    {
        var letters = new List<(char, bool)>();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
            {
                letters.Add(('"', true));
                i++;
            }
            else if (text[i] == '"' && (quoted || Opens(text, i))) quoted = !quoted;
            else letters.Add((text[i], quoted));
        }
        return letters;
    }

    // A quote opens at the start of a part only, and only if it is closed at the part's end; elsewhere it is a letter of the name.
    static bool Opens(string text, int at)
    {
        if (at > 0 && text[at - 1] != '.') return false;
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] != '"') continue;
            if (i + 1 < text.Length && text[i + 1] == '"') i++;
            else return i + 1 == text.Length || text[i + 1] == '.';
        }
        return false;
    }

    static Regex ToRegex(IEnumerable<(char Char, bool Literal)> letters)
    {
        var regex = new StringBuilder(@"\A");
        foreach (var (letter, literal) in letters)
        {
            regex.Append((letter, literal) switch
            {
                ('*' or '%', false) => ".*",
                ('?', false) => ".",
                _ => Regex.Escape(letter.ToString()),
            });
        }
        return new Regex(regex.Append(@"\z").ToString(), RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }
}
