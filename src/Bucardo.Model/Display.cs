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

    /// <summary>How the databases of a sync are doing, one line each: <c>C  1200 pending, 7m 3s  away</c>.</summary>
    public static string Nodes(SyncState state) => string.Join('\n', state.Nodes.Select(Node));

    /// <summary>The databases of a sync, and then what is wrong with it, a line each.</summary>
    public static string Where(SyncState state) => string.Join('\n', state.Nodes.Select(Node).Concat(state.Reasons.Select(r => Wrap("! " + r, 35))));

    // PowerShell's tables break a cell in the middle of words.
    static string Wrap(string text, int width)
    {
        var (lines, line) = (new List<string>(), "");
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line);
                line = " ";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        return string.Join('\n', lines.Append(line));
    }

    /// <summary>How a database is doing, in one line.</summary>
    public static string Node(SyncNode node)
    {
        var pending = node.Pending == 0 ? node.State == "Online" ? "level" : "" : string.Create(CultureInfo.InvariantCulture, $"{node.Pending} pending, {Duration(node.Lag)}");
        return string.Join("  ", new[] { node.Database, pending, node.State switch { "Online" => "", "NotPrepared" => "not prepared", var s => s.ToLowerInvariant() } }.Where(p => p.Length > 0));
    }

    /// <summary>Inserts, deletes and conflicts as Bucardo's status shows them; empty while no round has moved rows.</summary>
    public static string Rows(SyncState state) =>
        state.LastGood is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{state.Inserts}/{state.Deletes}/{state.Conflicts}");
}
