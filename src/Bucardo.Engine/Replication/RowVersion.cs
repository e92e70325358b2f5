namespace Bucardo.Engine.Replication;

/// <summary>
/// One version of a row: the node where it was written, that node's transaction, and the time of the change there.
/// Node and transaction identify it; the time only ranks it. A deleted row is a version like any other.
/// </summary>
/// <param name="Origin">Id of the node where it was written.</param>
/// <param name="Xid">The origin's transaction.</param>
/// <param name="At">When it was written, by the origin's clock.</param>
public readonly record struct RowVersion(int Origin, ulong Xid, DateTime At) : IEquatable<RowVersion>
{
    /// <summary>The transaction that stands for no version at all. Every snapshot holds it, so nobody is ever told.</summary>
    public const ulong NothingXid = 1;

    /// <summary>Whether this stands for no version at all: what a node logs of a key that it keeps out of a TRUNCATE and has nothing of.</summary>
    public bool IsNothing => Xid == NothingXid;

    /// <summary>Two versions are the same when origin and transaction are.</summary>
    public bool Equals(RowVersion other) => Origin == other.Origin && Xid == other.Xid;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Origin, Xid);

    /// <inheritdoc/>
    public override string ToString() => $"{Origin}/{Xid}";
}
