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

/// <summary>How conflicts are decided: an order of versions, never of the nodes that happen to hold them (DESIGN.md, section 6).</summary>
public abstract partial class ConflictStrategy : IComparer<RowVersion>
{
    /// <summary>What to do.</summary>
    public virtual ConflictAction Action => ConflictAction.Choose;

    /// <summary>
    /// Whether a decision has to be settled (<see cref="Settlement"/>). Not so only for an order in which a version always comes after every version that it was made on: there all nodes
    /// find the same winner among whatever they have seen, in any order.
    /// </summary>
    public virtual bool Settles => true;

    /// <summary>Whether the changes of all tables have to be known before one is decided.</summary>
    public virtual bool LooksAtAllTables => false;

    /// <summary>Greater than zero when <paramref name="x"/> is to be preferred to <paramref name="y"/>.</summary>
    public abstract int Compare(RowVersion x, RowVersion y);

    /// <summary>The strategy for one step, given what has been collected of all tables.</summary>
    public virtual ConflictStrategy For(IEnumerable<NodeTableFacts> facts) => this;

    /// <summary>The last word where a strategy sees no difference.</summary>
    public static int ByTime(RowVersion x, RowVersion y) =>
        x.At != y.At ? x.At.CompareTo(y.At) : x.Origin != y.Origin ? y.Origin.CompareTo(x.Origin) : x.Xid.CompareTo(y.Xid);
}
