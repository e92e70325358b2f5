using System.Globalization;

namespace Bucardo.Model;

/// <summary>How values look in the module's tables: short, the same everywhere, and in the reader's time zone.</summary>
public static class Display
{
    /// <summary>A point in time: the time of day if it is today, else date and time; <c>none</c> for never.</summary>
    public static string Time(DateTimeOffset? time)
    {
        if (time is null) return "none";
        var local = time.Value.ToLocalTime();
        return local.ToString(local.Date == DateTimeOffset.Now.Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }

    /// <summary>A duration as people say it: <c>850ms</c>, <c>4.2s</c>, <c>3m 2s</c>, <c>5h 10m</c>, <c>2d 4h</c>; empty for none.</summary>
    public static string Duration(TimeSpan? duration)
    {
        if (duration is not { } span) return "";
        FormattableString text = span.TotalSeconds switch
        {
            < 1 => $"{Math.Max(0, span.TotalMilliseconds):0}ms",
            < 60 => $"{span.TotalSeconds:0.0}s",
            < 3600 => $"{span.Minutes}m {span.Seconds}s",
            < 86400 => $"{span.Hours}h {span.Minutes}m",
            _ => $"{span.Days}d {span.Hours}h",
        };
        return FormattableString.Invariant(text);
    }

    /// <summary>Inserts, deletes and conflicts as Bucardo's status shows them; empty while no round has moved rows.</summary>
    public static string Rows(SyncState state) =>
        state.LastGood is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{state.Inserts}/{state.Deletes}/{state.Conflicts}");
}
