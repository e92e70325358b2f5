using System.Security.Cryptography;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>The latest change of the row wins. Times follow causality (<c>bucardo_node.node.ahead</c>), so nothing has to be settled.</summary>
public sealed class LatestStrategy : ConflictStrategy
{
    /// <inheritdoc/>
    public override bool Settles => false;

    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y) => ByTime(x, y);
}

/// <summary>The earliest change of the row wins.</summary>
public sealed class EarliestStrategy : ConflictStrategy
{
    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y) => ByTime(y, x);
}

/// <summary>The database wins that comes first in a list; between others, the latest change.</summary>
public sealed class PreferenceStrategy(IEnumerable<int> order) : ConflictStrategy
{
    readonly Dictionary<int, int> _rank = order.Distinct().Select((origin, rank) => (origin, rank)).ToDictionary(p => p.origin, p => p.rank);

    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y)
    {
        var (rankX, rankY) = (_rank.GetValueOrDefault(x.Origin, int.MaxValue), _rank.GetValueOrDefault(y.Origin, int.MaxValue));
        return rankX != rankY ? rankY.CompareTo(rankX) : ByTime(x, y);
    }
}

/// <summary>The database wins that has the latest change of all, in whichever table of the sync.</summary>
public sealed class LatestOfAllTablesStrategy : ConflictStrategy
{
    /// <inheritdoc/>
    public override bool LooksAtAllTables => true;

    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y) => ByTime(x, y);

    /// <inheritdoc/>
    public override ConflictStrategy For(IEnumerable<NodeTableFacts> facts) => new PreferenceStrategy(
        facts.SelectMany(f => f.Entries.Values.Concat(f.Truncation is { } truncation ? [truncation] : []))
            .Select(h => h.Version).GroupBy(v => v.Origin).Select(g => g.Max(new LatestStrategy())).OrderDescending(new LatestStrategy()).Select(v => v.Origin));
}

/// <summary>Chance decides, the same way wherever the same versions meet.</summary>
/// <param name="seed">Another seed, other winners.</param>
public sealed class RandomStrategy(int seed) : ConflictStrategy
{
    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y)
    {
        var order = Lot(x).CompareTo(Lot(y));
        return order != 0 ? order : ByTime(x, y);
    }

    ulong Lot(RowVersion version)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, seed);
        BitConverter.TryWriteBytes(bytes[4..], version.Origin);
        BitConverter.TryWriteBytes(bytes[8..], version.Xid);
        return BitConverter.ToUInt64(SHA256.HashData(bytes));
    }
}

/// <summary>Nothing is decided: every node keeps what it has, or the round stops.</summary>
public sealed class RefusingStrategy(ConflictAction action) : ConflictStrategy
{
    /// <inheritdoc/>
    public override ConflictAction Action => action;

    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y) => ByTime(x, y);
}
