using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Tests.Replication.Merging;

/// <summary>Merging as a pure function: small cases, and random histories on replicas in memory.</summary>
public sealed class RowMergeTests
{
    static readonly ConflictStrategy s_latest = ConflictStrategy.Parse("bucardo_latest", new Dictionary<string, int>(), []);

    static Dictionary<string, string?> Row(string name, string note, string? n) => new() { ["id"] = "1", ["name"] = name, ["note"] = note, ["n"] = n };

    static Resolution Merge(string type, bool columns, params (string? State, Dictionary<string, string?>? Row)[] versions) =>
        new RowMerge(s_latest, columns, ["id"], new Dictionary<string, string> { ["n"] = type }).Merge(
            new ConflictCase(1, "t", "1", [.. versions.Select((v, i) => new Contender(new RowVersion(i + 1, 10, DateTime.UnixEpoch), i + 1, v.Row) { State = v.State })]), new Resolution(0));

    [Fact]
    public void What_each_node_added_is_added_once()
    {
        var merged = Merge("integer", false,
            ("""{"l":"7","v":{"1.7":2},"c":{"n":{"0":100,"1.7":5}},"m":{}}""", Row("a", "", "105")),
            ("""{"l":"8","v":{"1.7":1,"2.8":4},"c":{"n":{"0":100,"1.7":3,"2.8":-10}},"m":{}}""", Row("b", "", "93")));
        Assert.Equal(("95", "a"), (merged.Row!["n"], merged.Row["name"]));
        Assert.Equal("""{"l":"7","v":{"1.7":2,"2.8":4},"c":{"n":{"0":100,"1.7":5,"2.8":-10}},"m":{}}""", merged.State);
    }

    [Fact]
    public void A_version_without_a_state_counts_from_its_value_and_two_without_are_not_merged()
    {
        var merged = Merge("numeric(10,2)", false, (null, Row("a", "", "100.50")), ("""{"l":"8","v":{"2.8":4},"c":{"n":{"0":100.50,"2.8":-10}},"m":{}}""", Row("b", "", "90.50")));
        Assert.Equal("90.50", merged.Row!["n"]);
        Assert.Equal(new Resolution(0), Merge("integer", true, (null, Row("a", "", "1")), (null, Row("b", "", "2"))));
    }

    [Fact]
    public void A_sum_that_the_column_cannot_hold_is_cut_in_the_row_and_kept_in_the_state()
    {
        foreach (var (type, most) in new[] { ("smallint", "32767"), ("numeric(3,1)", "99.9"), ("bigint", "60000") })
        {
            var merged = Merge(type, false, ("""{"l":"7","v":{"1.7":1},"c":{"n":{"1.7":30000}},"m":{}}""", Row("a", "", "30000")), ("""{"l":"8","v":{"2.8":1},"c":{"n":{"2.8":30000}},"m":{}}""", Row("b", "", "30000")));
            Assert.Equal(most, merged.Row!["n"]);
            Assert.Contains("\"2.8\":30000", merged.State);
        }
    }

    [Fact]
    public void Of_each_column_the_last_change_survives_also_one_that_the_winner_never_saw()
    {
        var merged = Merge("integer", true,
            ("""{"l":"7","v":{"1.7":2,"3.9":1},"c":{},"m":{"name":["1.7",2,50],"note":["3.9",1,10]}}""", Row("mine", "old", "0")),
            ("""{"l":"8","v":{"2.8":1,"3.9":1},"c":{},"m":{"name":["2.8",1,40],"note":["3.9",1,10]}}""", Row("earlier", "old", "0")),
            ("""{"l":"9","v":{"3.9":2},"c":{},"m":{"note":["3.9",2,5]}}""", Row("first", "new", "0")));
        Assert.Equal(("mine", "new"), (merged.Row!["name"], merged.Row["note"]));
        // A change made in knowledge of another one is the later, whatever the clocks say.
        merged = Merge("integer", true,
            ("""{"l":"7","v":{"1.7":1},"c":{},"m":{"name":["1.7",1,90]}}""", Row("seen", "", "0")),
            ("""{"l":"8","v":{"1.7":1,"2.8":1},"c":{},"m":{"name":["2.8",1,40]}}""", Row("after", "", "0")));
        Assert.Equal("after", merged.Row!["name"]);
    }

    [Fact]
    public void A_deletion_that_wins_leaves_no_row_but_what_was_counted()
    {
        var merged = Merge("integer", true, ("""{"l":"7","v":{},"c":{"n":{"0":100}},"m":{}}""", null), ("""{"l":"8","v":{"2.8":1},"c":{"n":{"0":100,"2.8":1}},"m":{}}""", Row("b", "", "101")));
        Assert.Null(merged.Row);
        Assert.Contains("\"2.8\":1", merged.State);
    }

    [Theory]
    [InlineData("bucardo_latest", false)]
    [InlineData("bucardo_latest", true)]
    [InlineData("bucardo_source", true)]
    [InlineData("bucardo_latest(note)", true)]
    public void Random_histories_end_equal_on_all_replicas_and_exact(string strategy, bool deletions)
    {
        for (var seed = 1; seed <= 400; seed++)
        {
            var history = new MergeHistory(new Random(seed), strategy, deletions);
            var error = Record.Exception(history.Play);
            Assert.True(error is null, $"seed {seed}: {error?.Message}\n{history}");
        }
    }
}
