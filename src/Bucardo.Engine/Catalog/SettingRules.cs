using System.Globalization;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Which settings take which values, and for whom.</summary>
static class SettingRules
{
    const int MostDays = 999_999;

    static readonly HashSet<string> s_readOnly = new(StringComparer.OrdinalIgnoreCase) { "bucardo_version", "bucardo_initial_version" };
    static readonly HashSet<string> s_days = new(StringComparer.OrdinalIgnoreCase) { "conflict_history_days", "run_history_days" };

    static readonly HashSet<string> s_seconds = new(StringComparer.OrdinalIgnoreCase) { "clock_offset_limit" };

    /// <summary>Whether only the program itself sets it.</summary>
    public static bool IsReadOnly(string name) => s_readOnly.Contains(name);

    /// <summary>Whether a sync can have a value of its own.</summary>
    public static bool IsPerSync(string name) => s_days.Contains(name);

    /// <exception cref="BucardoException">InvalidValue, InvalidStrategy.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, string name, string value, CancellationToken cancellation)
    {
        if (s_days.Contains(name) && !(int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days <= MostDays))
            throw new BucardoException("InvalidValue", ErrorKind.InvalidArgument,
                $"Setting '{name}' is a number of days from 0 (for ever) to {MostDays}, not '{value}'.");
        if (s_seconds.Contains(name) && !(decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= MostDays && decimal.Round(seconds, 6) == seconds))
            throw new BucardoException("InvalidValue", ErrorKind.InvalidArgument, $"Setting '{name}' is a number of seconds from 0 (not looked at) to {MostDays}, such as 0.5, not '{value}'.");
        if (name.Equals("default_conflict_strategy", StringComparison.OrdinalIgnoreCase)) await Strategies.CheckAsync(connection, value, cancellation);
    }
}
