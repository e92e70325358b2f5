using System.Collections;
using System.Management.Automation;

namespace Bucardo.Ps.Parameters;

/// <summary>Gets at what PowerShell wraps.</summary>
static class Unwrap
{
    static readonly char[] s_separators = [',', ' ', ';'];

    /// <summary>The object itself, without PowerShell's wrapping.</summary>
    public static object? Object(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>Applies a conversion to a value, or to each element of a list, and puts the results into one list. What the conversion does not know (null) stays as it is.</summary>
    public static object? Flatten(object? value, Func<object?, IEnumerable<object>?> convert)
    {
        var plain = Object(value);
        if (plain is not IList list)
        {
            return convert(plain) is { } one ? Plain([.. one]) : value;
        }
        // The wrapping stays on what is not converted: a custom object is nothing without it.
        return list.Cast<object?>().SelectMany(item => convert(Object(item)) ?? [item!]).ToArray();
    }

    /// <summary>The parts of a list in one text.</summary>
    public static string[] Split(string text) => text.Split(s_separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    static object Plain(object[] items) => items.Length == 1 ? items[0] : items;
}
