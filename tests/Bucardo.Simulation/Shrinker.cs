namespace Bucardo.Simulation;

/// <summary>Makes a failing script short: leaves out events, statements, nodes, keys, faults, as long as it still fails.</summary>
static class Shrinker
{
    /// <param name="script">A script that fails.</param>
    /// <param name="fails">Whether a script fails.</param>
    public static Script Shrink(Script script, Func<Script, bool> fails)
    {
        for (var smaller = true; smaller;)
        {
            smaller = false;
            foreach (var shorter in Chunks(script).Concat(Details(script)))
            {
                if (!fails(shorter)) continue;
                (script, smaller) = (shorter, true);
                break;
            }
        }
        return script;
    }

    // Half of the events at once, a quarter, and so on down to one.
    static IEnumerable<Script> Chunks(Script script)
    {
        for (var size = script.Events.Count / 2; size > 0; size /= 2)
            for (var start = script.Events.Count - size; start >= 0; start -= size)
                yield return script with { Events = [.. script.Events.Take(start), .. script.Events.Skip(start + size)] };
    }

    static IEnumerable<Script> Details(Script script)
    {
        for (var node = script.Roles.Length; node > 1 && script.Roles.Length > 2; node--)
            if (Without(script, node) is { } fewer) yield return fewer;
        if (script.Skew.Any(s => s != 0)) yield return script with { Skew = [.. script.Skew.Select(_ => 0)] };
        for (var i = 0; i < script.Skew.Count; i++)
            if (script.Skew[i] != 0) yield return script with { Skew = [.. script.Skew.Select((s, at) => at == i ? s - Math.Sign(s) : s)] };
        if (script.Step < 1000) yield return script with { Step = 1000 };
        for (var i = 1; i < script.Roles.Length; i++)
            if (script.Roles[i] == 't') yield return script with { Roles = script.Roles[..i] + 's' + script.Roles[(i + 1)..] };
        for (var i = 0; i < script.Events.Count; i++)
            foreach (var simpler in Simpler(script.Events[i])) yield return script with { Events = [.. script.Events.Take(i), simpler, .. script.Events.Skip(i + 1)] };
        foreach (var (from, to) in new[] { ("k2", "k1"), ("k2", "k0"), ("k1", "k0") })
            if (script.Statements.Any(s => s.Key == from || s.To == from)) yield return Map(script, s => s with { Key = s.Key == from ? to : s.Key, To = s.To == from ? to : s.To });
        if (script.Statements.Any(s => s.Table == 2)) yield return Map(script, s => s with { Table = 1 });
    }

    static IEnumerable<Event> Simpler(Event what)
    {
        if (what is UserEvent { StaysOpen: true } open) yield return open with { StaysOpen = false };
        if (what is UserEvent { Statements.Count: > 1 } user)
            for (var i = 0; i < user.Statements.Count; i++) yield return user with { Statements = [.. user.Statements.Where((_, at) => at != i)] };
        if (what is UserEvent { Statements: [{ Kind: StatementKind.Move or StatementKind.Truncate } statement] } complicated && statement.Key is not null)
        {
            yield return complicated with { Statements = [new Statement(StatementKind.Put, statement.Table, statement.Key)] };
            yield return complicated with { Statements = [new Statement(StatementKind.Delete, statement.Table, statement.Key)] };
        }
        if (what is not RoundEvent round) yield break;
        for (var i = 0; i < round.During.Count; i++)
        {
            yield return round with { During = [.. round.During.Where((_, at) => at != i)] };
            foreach (var simpler in Simpler(round.During[i].What))
                yield return round with { During = [.. round.During.Select((d, at) => at == i ? d with { What = simpler } : d)] };
        }
        if (round.Nodes.Count > 2)
            foreach (var node in round.Nodes) yield return round with { Nodes = [.. round.Nodes.Where(n => n != node)] };
        if (round.Receiving.Count > 0) yield return round with { Receiving = [] };
        if (!round.IsStep) yield return round with { IsStep = true };
    }

    static Script Map(Script script, Func<Statement, Statement> map)
    {
        Event Mapped(Event what) => what switch
        {
            UserEvent user => user with { Statements = [.. user.Statements.Select(map)] },
            RoundEvent round => round with { During = [.. round.During.Select(d => d with { What = Mapped(d.What) })] },
            _ => what,
        };
        return script with { Events = [.. script.Events.Select(Mapped)] };
    }

    // Without a node, the later ones move up. Null where a strategy names nodes, or the first source would go.
    static Script? Without(Script script, int node)
    {
        if (script.Strategies.Any(s => s.Contains($"n{node}", StringComparison.Ordinal) && char.IsDigit(s[1]))) return null;
        int New(int old) => old > node ? old - 1 : old;
        IReadOnlyList<int> Rest(IReadOnlyList<int> nodes) => [.. nodes.Where(n => n != node).Select(New)];
        Event? Mapped(Event what) => what switch
        {
            UserEvent user => user.Node == node ? null : user with { Node = New(user.Node) },
            EndEvent end => end.Node == node ? null : end with { Node = New(end.Node) },
            CrashEvent crash => crash.Node == node ? null : crash with { Node = New(crash.Node) },
            LagEvent lag => lag.Node == node ? null : lag with { Node = New(lag.Node) },
            FailoverEvent failover => failover.Node == node ? null : failover with { Node = New(failover.Node) },
            PurgeEvent purge => purge with { Nodes = Rest(purge.Nodes) },
            RoundEvent round => round with { Nodes = Rest(round.Nodes), Receiving = Rest(round.Receiving), During = [.. round.During.Where(d => d.At.Node != node).Select(Inside).OfType<PointEvent>()] },
            _ => what,
        };
        PointEvent? Inside(PointEvent inside) => Mapped(inside.What) is { } what ? new PointEvent(inside.At with { Node = New(inside.At.Node) }, what) : null;
        return script with
        {
            Roles = script.Roles.Remove(node - 1, 1),
            Skew = [.. script.Skew.Where((_, i) => i != node - 1)],
            Events = [.. script.Events.Select(Mapped).OfType<Event>()],
        };
    }
}
