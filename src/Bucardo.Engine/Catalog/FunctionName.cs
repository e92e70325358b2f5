using Bucardo.Engine.Postgres;
using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>The name of a function as people write it: <c>schema.name</c>, parts with other signs in double quotes.</summary>
public static class FunctionName
{
    /// <summary>The schema and the name.</summary>
    /// <exception cref="BucardoException">InvalidFunctionName.</exception>
    public static (string Schema, string Name) Parse(string text)
    {
        var (parts, position) = (new List<string>(), 0);
        text = text.Trim();
        while (position < text.Length && Part(text, ref position) is { Length: > 0 } part)
        {
            parts.Add(part);
            if (position == text.Length) break;
            if (text[position++] != '.' || position == text.Length) throw Invalid(text);
        }
        return parts is [var schema, var name] && position == text.Length ? (schema, name) : throw Invalid(text);
    }

    /// <summary>The name for SQL, quoted.</summary>
    /// <exception cref="BucardoException">InvalidFunctionName.</exception>
    public static string Quoted(string text)
    {
        var (schema, name) = Parse(text);
        return Quote.Qualified(schema, name);
    }

    static string? Part(string text, ref int position)
    {
        var start = position;
        if (text[position] != '"')
        {
            while (position < text.Length && (char.IsLetterOrDigit(text[position]) || text[position] is '_' or '$')) position++;
            // As PostgreSQL reads a name that is not quoted.
            return text[start..position].ToLowerInvariant();
        }
        var part = new System.Text.StringBuilder();
        for (position++; position < text.Length; position++)
        {
            if (text[position] != '"') part.Append(text[position]);
            else if (position + 1 < text.Length && text[position + 1] == '"') part.Append(text[position++]);
            else
            {
                position++;
                return part.ToString();
            }
        }
        return null;
    }

    static BucardoException Invalid(string text) => new("InvalidFunctionName", ErrorKind.InvalidArgument,
        $"'{text}' is no name of a function: give its schema too (schema.name), without parentheses; parts with other signs than letters, digits and underscores go in double quotes.");
}
