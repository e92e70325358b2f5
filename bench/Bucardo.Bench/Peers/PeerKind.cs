namespace Bucardo.Bench.Peers;

/// <summary>A peer that can be chosen.</summary>
/// <param name="Option">What it is called in <c>--peers</c>.</param>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Missing">Why it cannot be run here; null: it can.</param>
/// <param name="Create">Makes one.</param>
sealed record PeerKind(string Option, string Name, Func<string?> Missing, Func<IPeer> Create)
{
    public static readonly PeerKind Product = new("product", "this product", BucardoPs.Missing, () => new BucardoPs());

    /// <summary>The same with a column of each of pgbench's tables as a counter: captured row by row, with states.</summary>
    public static readonly PeerKind Counters = new("counters", "this product, counters", BucardoPs.Missing, () => new BucardoPs(counters: true));

    public static readonly PeerKind Perl = new("bucardo5", "Bucardo 5.6", PerlBucardo.Missing, () => new PerlBucardo());

    public static readonly PeerKind Logical = new("logical", "logical replication", () => null, () => new LogicalReplication());

    public static readonly PeerKind Raw = new("raw", "COPY to COPY", () => null, () => new RawCopy());

    public static readonly PeerKind None = new("none", "no replication", () => null, () => new NoPeer());

    public static readonly IReadOnlyList<PeerKind> All = [Product, Counters, Perl, Logical, Raw, None];
}
