using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Snapshots as sets of transactions, against sets that are written out.</summary>
public sealed class SnapshotTests
{
    const int Highest = 12;

    [Fact]
    public void Set_operations_agree_with_sets_that_are_written_out()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var (x, y) = (Some(random), Some(random));
            var cut = (ulong)random.Next(0, Highest + 2);
            Assert.Equal(Members(x).Union(Members(y)).Order(), Members(x.Union(y)));
            Assert.Equal(Members(x).Intersect(Members(y)).Order(), Members(x.Intersect(y)));
            Assert.Equal(Members(x).Where(m => m < cut), Members(x.CutAt(cut)));
            Assert.Equal(Members(y).All(Members(x).Contains), x.Holds(y));
            Assert.Equal(x.Union(y), y.Union(x));
            Assert.Equal(x.Intersect(y), y.Intersect(x));
        }
    }

    [Fact]
    public void Everything_below_xmin_is_in_and_nothing_from_xmax_on()
    {
        var random = new Random(2);
        for (var i = 0; i < 2_000; i++)
        {
            var snapshot = Some(random);
            for (ulong xid = 0; xid <= Highest + 2; xid++)
            {
                if (xid < snapshot.Xmin) Assert.True(snapshot.Contains(xid));
                if (xid >= snapshot.Xmax) Assert.False(snapshot.Contains(xid));
                Assert.Equal(xid < snapshot.Xmax && !snapshot.InProgress.Contains(xid), snapshot.Contains(xid));
            }
        }
    }

    [Theory]
    [InlineData("3:3:")]
    [InlineData("10:20:10,14,15")]
    [InlineData("5:18446744073709551615:5")]
    public void The_text_form_is_PostgreSQLs_own(string text)
    {
        var snapshot = Snapshot.Parse(text);
        Assert.Equal(text, snapshot.ToString());
        Assert.Equal(snapshot, Snapshot.Parse(snapshot.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1:2")]
    [InlineData("a:b:")]
    [InlineData("1:2:3:4")]
    [InlineData("-1:2:")]
    [InlineData("1:2:x")]
    public void Text_that_is_no_snapshot_is_refused(string text) => Assert.ThrowsAny<FormatException>(() => Snapshot.Parse(text));

    static Snapshot Some(Random random)
    {
        var xmax = (ulong)random.Next(3, Highest);
        return new Snapshot(xmax, Enumerable.Range(0, random.Next(0, 5)).Select(_ => (ulong)random.Next(1, Highest)));
    }

    static IEnumerable<ulong> Members(Snapshot snapshot) => Enumerable.Range(0, Highest + 3).Select(x => (ulong)x).Where(snapshot.Contains);
}
