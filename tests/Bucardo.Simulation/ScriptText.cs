using System.Globalization;
using System.Text;

namespace Bucardo.Simulation;

/// <summary>
/// The form in which scripts are printed and kept, one event a line:
/// <code>
/// nodes sst
/// strategy bucardo_latest
/// steps of 2
/// skew 0 -5 3
/// n1 writes 1/k0 2/k1- 1/k0>k1 2/*       (row of table 1, deletion, change of key, TRUNCATE)
/// n1 opens 1/k0
/// n1 commits                             (or: rolls back, crashes, leaves its standby behind, fails over)
/// purge n1 n2
/// round A n1 n2 n3                       (or: step A ...; with "to n3": only that one is written)
///   before apply n2: n2 writes 1/k0
///   after commit n2 #2: lost             (or: dies, pauses)
/// resume A
/// </code>
/// </summary>
static class ScriptText
{
    public static string Print(Script script)
    {
        var text = new StringBuilder($"nodes {script.Roles}\n");
        foreach (var strategy in script.Strategies) text.Append($"strategy {strategy}\n");
        if (script.Step != 1000) text.Append(CultureInfo.InvariantCulture, $"steps of {script.Step}\n");
        if (script.Skew.Any(s => s != 0)) text.Append($"skew {string.Join(' ', script.Skew)}\n");
        foreach (var what in script.Events)
        {
            text.Append(Print(what)).Append('\n');
            foreach (var inside in (what as RoundEvent)?.During ?? [])
                text.Append($"  {Print(inside.At)}: {Print(inside.What)}\n");
        }
        return text.ToString();
    }

    static string Print(Point point) =>
        $"{(point.After ? "after" : "before")} {point.Effect} n{point.Node}{(point.Occurrence > 1 ? $" #{point.Occurrence}" : "")}";

    public static string Print(Event what) => what switch
    {
        UserEvent user => $"n{user.Node} {(user.StaysOpen ? "opens" : "writes")} {string.Join(' ', user.Statements.Select(Print))}",
        EndEvent end => $"n{end.Node} {(end.Commits ? "commits" : "rolls back")}",
        CrashEvent crash => $"n{crash.Node} crashes",
        LagEvent lag => $"n{lag.Node} leaves its standby behind",
        FailoverEvent failover => $"n{failover.Node} fails over",
        PurgeEvent purge => $"purge{Print(purge.Nodes)}",
        RoundEvent round => $"{(round.IsStep ? "step" : "round")} {round.Daemon}{Print(round.Nodes)}{(round.Receiving.Count > 0 ? " to" + Print(round.Receiving) : "")}",
        ResumeEvent resume => $"resume {resume.Daemon}",
        LostEvent => "lost",
        DieEvent => "dies",
        PauseEvent => "pauses",
        _ => throw new InvalidOperationException($"{what.GetType().Name} cannot be printed."),
    };

    static string Print(IEnumerable<int> nodes) => string.Concat(nodes.Select(n => $" n{n}"));

    static string Print(Statement statement) => statement.Kind switch
    {
        StatementKind.Put => $"{statement.Table}/{statement.Key}",
        StatementKind.Delete => $"{statement.Table}/{statement.Key}-",
        StatementKind.Move => $"{statement.Table}/{statement.Key}>{statement.To}",
        _ => $"{statement.Table}/*",
    };

    /// <summary>Reads a script back; lines that begin with # are comments.</summary>
    /// <exception cref="FormatException">A line is not of the form.</exception>
    public static Script Parse(string text)
    {
        var (roles, strategies, step, skew, events) = ("", new List<string>(), 1000, (IReadOnlyList<int>?)null, new List<Event>());
        foreach (var line in text.Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            try
            {
                switch (words)
                {
                    case ["nodes", var all]: roles = all; break;
                    case ["strategy", ..]: strategies.Add(string.Join(' ', words[1..])); break;
                    case ["steps", "of", var number]: step = int.Parse(number, CultureInfo.InvariantCulture); break;
                    case ["skew", ..]: skew = [.. words[1..].Select(w => int.Parse(w, CultureInfo.InvariantCulture))]; break;
                    case ["before" or "after", ..]:
                        var round = (RoundEvent)events[^1];
                        events[^1] = round with { During = [.. round.During, ParsePoint(line)] };
                        break;
                    default: events.Add(ParseEvent(words)); break;
                }
            }
            catch (Exception e) when (e is not FormatException)
            {
                throw new FormatException($"'{line}' is not a line of a script.", e);
            }
        }
        return new Script { Roles = roles, Strategies = strategies, Step = step, Skew = skew ?? [.. roles.Select(_ => 0)], Events = events };
    }

    static PointEvent ParsePoint(string line)
    {
        var colon = line.IndexOf(':');
        var place = line[..colon].Split([' ', '#'], StringSplitOptions.RemoveEmptyEntries);
        if (!Script.Effects.Contains(place[1])) throw new FormatException($"'{place[1]}' in '{line}' is no effect of a round.");
        var point = new Point(place[0] == "after", place[1], Node(place[2]), place.Length > 3 ? int.Parse(place[3], CultureInfo.InvariantCulture) : 1);
        return new PointEvent(point, ParseEvent(line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    static Event ParseEvent(string[] words) => words switch
    {
        ["lost"] => new LostEvent(),
        ["dies"] => new DieEvent(),
        ["pauses"] => new PauseEvent(),
        ["purge", .. var nodes] => new PurgeEvent([.. nodes.Select(Node)]),
        ["resume", var daemon] => new ResumeEvent(daemon),
        ["round" or "step", var daemon, .. var nodes] => new RoundEvent(daemon, words[0] == "step", [.. nodes.TakeWhile(n => n != "to").Select(Node)], [])
        {
            Receiving = [.. nodes.SkipWhile(n => n != "to").Skip(1).Select(Node)],
        },
        [var node, "writes" or "opens", .. var statements] => new UserEvent(Node(node), words[1] == "opens", [.. statements.Select(ParseStatement)]),
        [var node, "commits"] => new EndEvent(Node(node), true),
        [var node, "rolls", "back"] => new EndEvent(Node(node), false),
        [var node, "crashes"] => new CrashEvent(Node(node)),
        [var node, "leaves", "its", "standby", "behind"] => new LagEvent(Node(node)),
        [var node, "fails", "over"] => new FailoverEvent(Node(node)),
        _ => throw new FormatException($"'{string.Join(' ', words)}' is not an event."),
    };

    static Statement ParseStatement(string text)
    {
        var (table, key) = (int.Parse(text[..text.IndexOf('/')], CultureInfo.InvariantCulture), text[(text.IndexOf('/') + 1)..]);
        if (key == "*") return new Statement(StatementKind.Truncate, table);
        if (key.EndsWith('-')) return new Statement(StatementKind.Delete, table, key[..^1]);
        return key.Split('>') is [var from, var to] ? new Statement(StatementKind.Move, table, from, to) : new Statement(StatementKind.Put, table, key);
    }

    static int Node(string name) => name[0] == 'n' ? int.Parse(name[1..], CultureInfo.InvariantCulture) : throw new FormatException($"'{name}' is no node.");
}
