using System.Globalization;
using Bucardo.Model;

namespace Bucardo.Console.Demo;

/// <summary>The table of <c>bucardo status</c>: name, state, last good round, how long ago, its rows, last bad round, how long ago.</summary>
static class StatusTable
{
    static readonly string[] s_heads = ["Name", "State", "Last good", "Time", "Last I/D/C", "Last bad", "Time"];

    /// <summary>The table's lines.</summary>
    public static IReadOnlyList<string> Lines(IEnumerable<SyncState> states, DateTimeOffset now)
    {
        var rows = states.Select(s => new[]
        {
            s.Name, s.State, Display.Time(s.LastGood), Ago(s.LastGood, now),
            s.LastGood is null ? "none" : string.Create(CultureInfo.InvariantCulture, $"{s.Inserts}/{s.Deletes}/{s.Conflicts}"),
            Display.Time(s.LastBad), Ago(s.LastBad, now),
        }).ToList();
        var widths = s_heads.Select((head, i) => rows.Select(r => r[i].Length).Append(head.Length).Max()).ToList();
        string Line(IReadOnlyList<string> cells, string between) => string.Join(between, cells.Select((c, i) => c.PadRight(widths[i]))).TrimEnd();
        return
        [
            Line(s_heads, "   "),
            string.Join("=+=", widths.Select(w => new string('=', w))),
            .. rows.Select(r => Line(r, " | ")),
        ];
    }

    static string Ago(DateTimeOffset? time, DateTimeOffset now) => time is null ? "" : Display.Duration(now - time.Value);
}
