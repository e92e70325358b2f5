using System.Text;

namespace Bucardo.Engine.Postgres;

/// <summary>The one place where names and values are quoted for SQL text.</summary>
public static class Quote
{
    /// <summary>A name as a quoted identifier; always quoted, so that no keyword and no letter case needs thought.</summary>
    /// <exception cref="ArgumentException">The name is empty or holds a NUL character.</exception>
    public static string Identifier(string name)
    {
        if (string.IsNullOrEmpty(name)) throw new ArgumentException("An identifier cannot be empty.", nameof(name));
        if (name.Contains('\0')) throw new ArgumentException("An identifier cannot hold a NUL character.", nameof(name));
        return "\"" + name.Replace("\"", "\"\"") + "\"";
    }

    /// <summary>A schema-qualified name, both parts quoted.</summary>
    public static string Qualified(string schema, string name) => Identifier(schema) + "." + Identifier(name);

    /// <summary>A comma-separated list of quoted identifiers, each with the given prefix (such as <c>t.</c>).</summary>
    public static string List(IEnumerable<string> names, string prefix = "") => string.Join(", ", names.Select(n => prefix + Identifier(n)));

    /// <summary>A string literal that means the same whatever standard_conforming_strings says.</summary>
    public static string Literal(string value)
    {
        if (value.Contains('\0')) throw new ArgumentException("A literal cannot hold a NUL character.", nameof(value));
        var text = new StringBuilder(value.Length + 2);
        if (value.Contains('\\')) text.Append(" E");
        text.Append('\'').Append(value.Replace("\\", "\\\\").Replace("'", "''")).Append('\'');
        return text.ToString();
    }
}
