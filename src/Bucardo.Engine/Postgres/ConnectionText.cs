using System.Text;
using System.Text.RegularExpressions;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Postgres;

/// <summary>
/// Reads a connection string of any kind (libpq key=value, postgresql:// URI, Npgsql) into settings under libpq's names.
/// What only Npgsql knows is kept under <c>npgsql:Its Name</c>.
/// </summary>
static partial class ConnectionText
{
    public const string NpgsqlPrefix = "npgsql:";

    // From Npgsql's keyword back to libpq's.
    static readonly Dictionary<string, string> s_fromNpgsql = ConnectionKeywords.Libpq
        .Where(k => k.Value.Npgsql is not null).ToDictionary(k => k.Value.Npgsql!, k => k.Key, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="BucardoException">InvalidConnectionString; it names the key, never a value.</exception>
    public static Dictionary<string, string> Parse(string text)
    {
        text = text.Trim();
        if (text.Length == 0) return new(StringComparer.Ordinal);
        if (ConnectionUri.IsUri(text))
        {
            var uri = ConnectionUri.Parse(text) ?? throw Invalid("the postgresql:// URI is malformed");
            foreach (var key in uri.Keys) Known(key);
            return uri;
        }
        var pairs = ParseLibpq(text);
        if (pairs is not null && !SemicolonSeparated().IsMatch(text) && pairs.Keys.All(IsLibpq)) return pairs;
        // Several words before an equals sign, or a semicolon between settings: Npgsql's form. Otherwise it is libpq's, with a key unknown
        // to it.
        if (pairs is not null && !text.Contains(';') && pairs.Count > 1) throw Unknown(pairs.Keys.First(k => !IsLibpq(k)));
        return ParseNpgsql(text);
    }

    /// <summary>Settings in libpq's key=value form.</summary>
    public static string Format(IEnumerable<KeyValuePair<string, string>> settings) =>
        string.Join(' ', settings.Select(s => $"{s.Key}={(IsPlain(s.Value) ? s.Value : Quoted(s.Value))}"));

    static bool IsPlain(string value) =>
        value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/' or '-' or ':' or ',');

    static string Quoted(string value) => "'" + value.Replace("\\", "\\\\").Replace("'", "\\'") + "'";

    public static BucardoException Unknown(string key) => PlainKey().IsMatch(key)
        ? Invalid($"the setting '{key}' is not known; correct or remove it")
        : Invalid("it holds a setting that is not known; quote values with blanks or semicolons");

    public static BucardoException Invalid(string what) =>
        new("InvalidConnectionString", ErrorKind.InvalidArgument, $"The connection string cannot be used: {what}.");

    static bool IsLibpq(string key) => ConnectionKeywords.Libpq.ContainsKey(key);

    static void Known(string key)
    {
        if (!IsLibpq(key)) throw Unknown(key);
    }

    static Dictionary<string, string> ParseNpgsql(string text)
    {
        var generic = new System.Data.Common.DbConnectionStringBuilder();
        try
        {
            generic.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            throw Invalid("it is neither key=value pairs (libpq), nor a postgresql:// URI, nor an Npgsql connection string");
        }
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string key in generic.Keys)
        {
            var value = (string)generic[key];
            var canonical = CanonicalNpgsql(key, value);
            settings[s_fromNpgsql.TryGetValue(canonical, out var libpq) ? libpq : NpgsqlPrefix + canonical] = value;
        }
        return settings;
    }

    // Npgsql's main spelling of a keyword, which may be a synonym (User Id, Server, Pwd).
    static string CanonicalNpgsql(string key, string value)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        try
        {
            builder[key] = value;
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException or OverflowException or InvalidCastException or NotSupportedException)
        {
            if (IsLibpq(key)) return ConnectionKeywords.Libpq[key].Npgsql ?? throw Unknown(key);
            throw builder.ContainsKey(key) ? Invalid($"the value of '{key}' is not valid") : Unknown(key);
        }
        return builder.Keys.Cast<string>().FirstOrDefault() ?? throw Unknown(key);
    }

    // libpq's conninfo: key = value, blanks between, single quotes around values, backslash escapes.
    static Dictionary<string, string>? ParseLibpq(string text)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var i = 0;
        while (true)
        {
            while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
            if (i == text.Length) return settings;
            var start = i;
            while (i < text.Length && text[i] != '=' && !char.IsWhiteSpace(text[i])) i++;
            var key = text[start..i];
            while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
            if (key.Length == 0 || i == text.Length || text[i] != '=') return null;
            i++;
            while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
            var value = new StringBuilder();
            var quoted = i < text.Length && text[i] == '\'';
            if (quoted) i++;
            while (i < text.Length && (quoted ? text[i] != '\'' : !char.IsWhiteSpace(text[i])))
            {
                if (text[i] == '\\' && i + 1 < text.Length) i++;
                value.Append(text[i++]);
            }
            if (quoted && i++ == text.Length) return null;
            settings[key] = value.ToString();
        }
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_ ]{0,39}$")]
    private static partial Regex PlainKey();

    // A semicolon outside single quotes that is followed by the next setting, or ends the text.
    [GeneratedRegex(@"^(?:[^';]|'(?:[^'\\]|\\.)*')*;\s*(?:$|[A-Za-z][A-Za-z _]*=)")]
    private static partial Regex SemicolonSeparated();
}
