namespace Bucardo.Engine.Replication.Decisions;

/// <summary>What a strategy does with a conflict.</summary>
public enum ConflictAction
{
    /// <summary>It names a winner.</summary>
    Choose,

    /// <summary>It leaves every node as it is; the next change of the row wins.</summary>
    Skip,

    /// <summary>It stops the round; the service pauses the sync.</summary>
    Abort,
}

/// <summary>
/// How conflicts are decided. A strategy orders versions, never the nodes that happen to hold them, and deterministically, so that every
/// round on every side decides alike (DESIGN.md, section 6).
/// </summary>
public abstract class ConflictStrategy : IComparer<RowVersion>
{
    /// <summary>What to do.</summary>
    public virtual ConflictAction Action => ConflictAction.Choose;

    /// <summary>Greater than zero when <paramref name="x"/> is to be preferred to <paramref name="y"/>.</summary>
    public abstract int Compare(RowVersion x, RowVersion y);

    /// <summary>The last word where a strategy sees no difference.</summary>
    protected static int ByIdentity(RowVersion x, RowVersion y) =>
        x.Origin != y.Origin ? y.Origin.CompareTo(x.Origin) : x.Xid.CompareTo(y.Xid);

    /// <summary>
    /// Reads a strategy's name as it stands in <c>bucardo.sync</c>: <c>bucardo_latest</c>, <c>bucardo_source</c>, <c>bucardo_skip</c>,
    /// <c>bucardo_abort</c> (each also without <c>bucardo_</c>; <c>default</c> is <c>latest</c>), or database names in order of preference.
    /// </summary>
    /// <param name="text">The name or list.</param>
    /// <param name="origins">The sync's databases by name.</param>
    /// <param name="sources">Ids of the sources in the group's order.</param>
    /// <exception cref="ArgumentException">A name in the list is no database of the sync.</exception>
    public static ConflictStrategy Parse(string text, IReadOnlyDictionary<string, int> origins, IReadOnlyList<int> sources)
    {
        switch (text.Trim())
        {
            case "bucardo_latest" or "latest" or "default": return new LatestStrategy();
            case "bucardo_source" or "source": return new PreferenceStrategy(sources);
            case "bucardo_skip" or "skip": return new RefusingStrategy(ConflictAction.Skip);
            case "bucardo_abort" or "abort": return new RefusingStrategy(ConflictAction.Abort);
        }
        var names = text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (names.FirstOrDefault(n => !origins.ContainsKey(n)) is { } unknown)
            throw new ArgumentException($"'{unknown}' in the conflict strategy '{text}' is neither a strategy nor a database of the sync.", nameof(text));
        return new PreferenceStrategy([.. names.Select(n => origins[n])]);
    }

    sealed class LatestStrategy : ConflictStrategy
    {
        public override int Compare(RowVersion x, RowVersion y) => x.At != y.At ? x.At.CompareTo(y.At) : ByIdentity(x, y);
    }

    sealed class PreferenceStrategy(IReadOnlyList<int> order) : ConflictStrategy
    {
        readonly Dictionary<int, int> _rank = order.Distinct().Select((origin, rank) => (origin, rank)).ToDictionary(p => p.origin, p => p.rank);

        public override int Compare(RowVersion x, RowVersion y)
        {
            var (rankX, rankY) = (_rank.GetValueOrDefault(x.Origin, int.MaxValue), _rank.GetValueOrDefault(y.Origin, int.MaxValue));
            if (rankX != rankY) return rankY.CompareTo(rankX);
            return x.At != y.At ? x.At.CompareTo(y.At) : ByIdentity(x, y);
        }
    }

    sealed class RefusingStrategy(ConflictAction action) : ConflictStrategy
    {
        public override ConflictAction Action => action;

        public override int Compare(RowVersion x, RowVersion y) => ByIdentity(x, y);
    }
}
