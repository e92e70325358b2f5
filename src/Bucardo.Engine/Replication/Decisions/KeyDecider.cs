using System.Runtime.InteropServices;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>What is to happen with one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Winner">The version that everybody is to hold.</param>
/// <param name="IsTruncation">True when the winner is a TRUNCATE: the row is to be gone.</param>
/// <param name="From">A node that holds the winner.</param>
/// <param name="Receivers">Nodes that do not hold it.</param>
/// <param name="Losers">The versions that lost a conflict; empty when there was none.</param>
public sealed record KeyDecision(string Key, RowVersion Winner, bool IsTruncation, int From, IReadOnlyList<int> Receivers, IReadOnlyList<RowVersion> Losers)
{
    /// <summary>The versions of a conflict that has to be settled (<see cref="Settlement"/>), the preferred one first, each with a node that holds it and that node's transaction; empty for every other decision.</summary>
    public IReadOnlyList<(RowVersion Version, int Node, ulong LocalXid)> Contenders { get; init; } = [];
}

/// <summary>A conflict that the strategy <c>bucardo_abort</c> refuses to decide.</summary>
public sealed class ConflictAbortException(string key, IReadOnlyList<RowVersion> versions) : Exception("The conflict strategy says abort.")
{
    /// <summary>The key in conflict.</summary>
    public string Key { get; } = key;

    /// <summary>The versions in conflict.</summary>
    public IReadOnlyList<RowVersion> Versions { get; } = versions;
}

/// <summary>
/// Decides, for every key of a table with something pending, which version wins and who must get it. A pure function of the facts.
/// The rule (DESIGN.md, sections 5 and 6; shared/model/versions.py is its model): version a is under version b if a holder of b has seen a
/// and no holder of a has seen b. What is under another is dropped; one left: no conflict; several: the strategy chooses. A version inherits
/// the rank of what is under it, so that "f beats u, u beats v, v was written over f" cannot go round in a circle.
/// </summary>
public sealed class KeyDecider
{
    readonly IReadOnlyList<NodeTableFacts> _nodes;
    readonly ConflictStrategy _strategy;
    readonly List<int[]> _shared = [];
    readonly List<int> _some = [];

    /// <summary>Creates a decider for one table of one round.</summary>
    /// <param name="nodes">The online nodes.</param>
    /// <param name="strategy">How conflicts are decided.</param>
    public KeyDecider(IReadOnlyList<NodeTableFacts> nodes, ConflictStrategy strategy) => (_nodes, _strategy) = (nodes, strategy);

    /// <summary>Decisions for all keys that were collected, in no particular order. Keys on which nothing is to be done are left out.</summary>
    /// <exception cref="ConflictAbortException">The strategy is <c>abort</c> and there is a conflict.</exception>
    public IEnumerable<KeyDecision> Decide()
    {
        var behind = _nodes.Where(n => n.Behind.Count > 0).ToList();
        for (var i = 0; i < _nodes.Count; i++)
        {
            foreach (var key in _nodes[i].Entries.Keys)
            {
                if (IsDecided(key, i) || behind.Exists(n => n.Behind.Contains(key))) continue;
                if ((OnlyHolderOf(key) is { } holder ? DecideOnly(key, holder) : DecideKey(key)) is { } decision) yield return decision;
            }
        }
    }

    /// <summary>The same list for the same nodes: there are as many keys as changes, and few sets of nodes that get them.</summary>
    internal IReadOnlyList<int> Shared(IEnumerable<int> nodes)
    {
        _some.Clear();
        _some.AddRange(nodes);
        return Shared();
    }

    int[] Shared()
    {
        foreach (var list in _shared)
            if (list.AsSpan().SequenceEqual(CollectionsMarshal.AsSpan(_some))) return list;
        _shared.Add([.. _some]);
        return _shared[^1];
    }

    /// <summary>The TRUNCATE that holds for the keys without entries of their own: its version, and the nodes that must carry it out. Null: there is none.</summary>
    public KeyDecision? DecideTruncation() => DecideKey(key: null);

    bool IsDecided(string key, int before)
    {
        for (var i = 0; i < before; i++)
            if (_nodes[i].Entries.ContainsKey(key)) return true;
        return false;
    }

    NodeTableFacts? OnlyHolderOf(string key)
    {
        NodeTableFacts? only = null;
        foreach (var node in _nodes)
        {
            if (node.HeldOf(key) is null) continue;
            if (only is not null) return null;
            only = node;
        }
        return only;
    }

    // Most keys, by far, have changed on one node. It says what DecideKey says of them.
    KeyDecision? DecideOnly(string key, NodeTableFacts holder)
    {
        var held = holder.HeldOf(key)!.Value;
        _some.Clear();
        foreach (var node in _nodes)
            if (node != holder && !node.HasSeen(key, held.Version, holder.Knowledge.Node, held.LocalXid)) _some.Add(node.Knowledge.Node);
        return _some.Count == 0 ? null : new KeyDecision(key, held.Version, holder.Truncation is { } truncation && truncation == held, holder.Knowledge.Node, Shared(), []);
    }

    KeyDecision? DecideKey(string? key)
    {
        var groups = Groups(key);
        if (groups.Count == 0) return null;
        var left = groups.Count == 1 ? groups : [.. groups.Where(a => !groups.Any(b => b != a && IsUnder(key, a, b)))];
        if (left.Count == 0) left = groups;
        if (left.Count(g => g.IsTruncation) > 1) left = WithLatestTruncation(left);

        var conflict = left.Count > 1;
        if (conflict && _strategy.Action == ConflictAction.Abort) throw new ConflictAbortException(key!, [.. left.Select(g => g.Version)]);
        var winner = left.Count == 1 ? left[0] : left.MaxBy(g => (Rank(key, g, groups), g.Version), new RankComparer(_strategy))!;
        var losers = conflict ? left.Where(g => g != winner).Select(g => g.Version).ToList() : [];
        if (conflict && _strategy.Action == ConflictAction.Skip)
            return new KeyDecision(key!, winner.Version, IsTruncation: false, winner.Holders[0].Node, [], losers);
        if (conflict && _strategy.Settles)
        {
            var contenders = left.Where(g => g != winner).OrderByDescending(g => g.Version, _strategy).Prepend(winner);
            return new KeyDecision(key!, winner.Version, IsTruncation: false, winner.Keeper.Node, [], losers) { Contenders = [.. contenders.Select(g => (g.Version, g.Keeper.Node, g.Keeper.LocalXid))] };
        }

        var receivers = new List<int>();
        foreach (var node in _nodes)
        {
            if (winner.Holders.Any(h => h.Node == node.Knowledge.Node)) continue;
            // What a node has seen it holds, or something made on it. Its own entry may lie outside what a step of a backlog has collected.
            if (Seen(node, key, winner) && !groups.Any(g => g != winner && g.Holders.Any(h => h.Node == node.Knowledge.Node))) continue;
            receivers.Add(node.Knowledge.Node);
        }
        return receivers.Count == 0 && losers.Count == 0 ? null : new KeyDecision(key ?? "", winner.Version, winner.IsTruncation, winner.Holders[0].Node, Shared(receivers), losers);
    }

    // TRUNCATEs leave the same, nothing: of several the latest stands for all, whatever the strategy. Times follow causality, so no other one was made on it.
    static List<Group> WithLatestTruncation(List<Group> left)
    {
        var latest = left.Where(g => g.IsTruncation).MaxBy(g => g.Version, Comparer<RowVersion>.Create(ConflictStrategy.ByTime));
        return [.. left.Where(g => !g.IsTruncation || g == latest)];
    }

    List<Group> Groups(string? key)
    {
        var groups = new List<Group>();
        foreach (var node in _nodes)
        {
            if ((key is null ? node.Truncation : node.HeldOf(key)) is not { } held) continue;
            var isTruncation = node.Truncation is { } truncation && truncation.Equals(held);
            var group = groups.Find(g => g.Version == held.Version);
            if (group is null) groups.Add(group = new Group(held.Version, isTruncation, []));
            group.Holders.Add((node.Knowledge.Node, held.LocalXid));
        }
        return groups;
    }

    bool IsUnder(string? key, Group a, Group b) =>
        b.Holders.Any(h => Seen(Facts(h.Node), key, a)) && !a.Holders.Any(h => Seen(Facts(h.Node), key, b));

    static bool Seen(NodeTableFacts node, string? key, Group group) =>
        group.Holders.Any(h => key is null
            ? node.Knowledge.Covers(group.Version, h.Node, h.LocalXid)
            : node.HasSeen(key, group.Version, h.Node, h.LocalXid));

    RowVersion Rank(string? key, Group group, List<Group> groups) =>
        groups.Where(a => a != group && IsUnder(key, a, group)).Select(a => a.Version).Append(group.Version).Max(_strategy);

    NodeTableFacts Facts(int node) => _nodes.First(n => n.Knowledge.Node == node);

    sealed record Group(RowVersion Version, bool IsTruncation, List<(int Node, ulong LocalXid)> Holders)
    {
        // Where it was written, if that is possible.
        public (int Node, ulong LocalXid) Keeper => Holders.OrderByDescending(h => h.Node == Version.Origin).First();

        public bool Equals(Group? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => Version.GetHashCode();
    }

    sealed class RankComparer(ConflictStrategy strategy) : IComparer<(RowVersion Rank, RowVersion Version)>
    {
        public int Compare((RowVersion Rank, RowVersion Version) x, (RowVersion Rank, RowVersion Version) y)
        {
            var byRank = strategy.Compare(x.Rank, y.Rank);
            return byRank != 0 ? byRank : strategy.Compare(x.Version, y.Version);
        }
    }
}
