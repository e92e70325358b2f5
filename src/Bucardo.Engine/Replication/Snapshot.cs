using System.Globalization;
using System.Text;

namespace Bucardo.Engine.Replication;

/// <summary>
/// A PostgreSQL snapshot (<c>pg_snapshot</c>, written <c>xmin:xmax:xip,...</c>): which transactions of one server count as finished.
/// Used as a set of transactions: progress is the set of an origin's transactions that a node has seen. All operations are exact.
/// </summary>
public sealed class Snapshot : IEquatable<Snapshot>
{
    readonly ulong[] _inProgress;

    /// <summary>Creates a snapshot; <paramref name="inProgress"/> are the unfinished transactions below <paramref name="xmax"/>.</summary>
    public Snapshot(ulong xmax, IEnumerable<ulong> inProgress)
    {
        var running = inProgress.Where(x => x < xmax).Distinct().Order().ToList();
        // One form for one set: unfinished transactions at the very end need not be named.
        while (running.Count > 0 && running[^1] == xmax - 1)
        {
            running.RemoveAt(running.Count - 1);
            xmax--;
        }
        Xmax = xmax;
        _inProgress = [.. running];
    }

    /// <summary>The set that holds no transaction.</summary>
    public static Snapshot Empty { get; } = new(3, []);

    /// <summary>Every transaction below it is in the set.</summary>
    public ulong Xmin => _inProgress.Length > 0 ? _inProgress[0] : Xmax;

    /// <summary>No transaction from here on is in the set.</summary>
    public ulong Xmax { get; }

    /// <summary>Transactions below <see cref="Xmax"/> that are not in the set, in ascending order.</summary>
    public IReadOnlyList<ulong> InProgress => _inProgress;

    /// <summary>Reads PostgreSQL's text form.</summary>
    /// <exception cref="FormatException">The text is not a snapshot.</exception>
    public static Snapshot Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length != 3) throw new FormatException($"'{text}' is not a pg_snapshot.");
        _ = Number(parts[0]);
        var running = parts[2].Length == 0 ? [] : parts[2].Split(',').Select(Number);
        return new Snapshot(Number(parts[1]), running);

        static ulong Number(string digits) => ulong.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>The set of all transactions below <paramref name="xid"/>.</summary>
    public static Snapshot Below(ulong xid) => new(xid, []);

    /// <summary>Whether a transaction is in the set.</summary>
    public bool Contains(ulong xid) => xid < Xmax && Array.BinarySearch(_inProgress, xid) < 0;

    /// <summary>Whether all transactions of another set are in this one.</summary>
    public bool Holds(Snapshot other) => Union(other).Equals(this);

    /// <summary>The transactions that are in either set.</summary>
    public Snapshot Union(Snapshot other)
    {
        var (low, high) = Xmax <= other.Xmax ? (this, other) : (other, this);
        return new Snapshot(high.Xmax, high._inProgress.Where(x => !low.Contains(x)));
    }

    /// <summary>The transactions that are in both sets.</summary>
    public Snapshot Intersect(Snapshot other)
    {
        var xmax = Math.Min(Xmax, other.Xmax);
        return new Snapshot(xmax, _inProgress.Concat(other._inProgress));
    }

    /// <summary>
    /// The transactions of this set below <paramref name="xid"/>. What is below a snapshot's xmax and not in progress is finished,
    /// so a part of a real snapshot is exact progress too: this is how a large backlog is cut into steps.
    /// </summary>
    public Snapshot CutAt(ulong xid) => xid >= Xmax ? this : new Snapshot(xid, _inProgress);

    /// <inheritdoc/>
    public bool Equals(Snapshot? other) => other is not null && Xmax == other.Xmax && _inProgress.AsSpan().SequenceEqual(other._inProgress);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Snapshot);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Xmin, Xmax, _inProgress.Length);

    /// <summary>PostgreSQL's text form.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Xmin}:{Xmax}:");
        return text.AppendJoin(',', _inProgress.Select(x => x.ToString(CultureInfo.InvariantCulture))).ToString();
    }
}
