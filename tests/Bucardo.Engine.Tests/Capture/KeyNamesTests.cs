using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Capture;

/// <summary>Keys that could make the capture trigger fail, and the application's statement with it.</summary>
public sealed class KeyNamesTests
{
    [Theory]
    [InlineData("CREATE TABLE bad (id int UNIQUE, name text)")]
    [InlineData("CREATE TABLE bad (id int NOT NULL, name text); CREATE UNIQUE INDEX ON bad (id) WHERE name IS NOT NULL")]
    [InlineData("CREATE TABLE bad (id int NOT NULL, name text); CREATE UNIQUE INDEX ON bad (abs(id))")]
    public async Task A_key_that_may_be_NULL_or_is_partial_or_computed_is_none(string schema)
    {
        var error = await Assert.ThrowsAsync<BucardoException>(() => Nodes.CreateAsync("ss", schema, ["bad(id)"]));
        Assert.Equal("KeyMissing", error.ErrorId);
        Assert.Contains("public.bad", error.Message);
    }

    [Theory]
    [InlineData("found")]
    [InlineData("new")]
    [InlineData("old")]
    [InlineData("tg_op")]
    [InlineData("tg_relid")]
    [InlineData("k1")]
    [InlineData("xid")]
    [InlineData("bucardo_new")]
    [InlineData("$bucardo$")]
    [InlineData("{change}")]
    public async Task A_key_column_may_be_named_like_what_the_capture_function_uses(string name)
    {
        foreach (var partitioned in new[] { false, true })
        {
            var schema = partitioned
                ? $"""CREATE TABLE odd ("{name}" int PRIMARY KEY, v text) PARTITION BY RANGE ("{name}"); CREATE TABLE odd_1 PARTITION OF odd FOR VALUES FROM (1) TO (1000)"""
                : $"""CREATE TABLE odd ("{name}" int PRIMARY KEY, v text)""";
            await using var nodes = await Nodes.CreateAsync("ss", schema, [$"odd({name})"]);
            await nodes.ExecuteAsync(0, $"""INSERT INTO odd VALUES (1, 'a'), (2, 'b'), (3, 'c'); UPDATE odd SET v = 'x' WHERE "{name}" = 1; UPDATE odd SET "{name}" = 9 WHERE "{name}" = 2; DELETE FROM odd WHERE "{name}" = 3""");
            await nodes.SettleAsync();
            Assert.Equal(["(1,x)", "(9,b)"], await nodes.AssertEqualAsync("odd"));
            if (!partitioned) continue;
            await nodes.ExecuteAsync(0, "TRUNCATE odd_1");
            await nodes.SettleAsync();
            Assert.Empty(await nodes.AssertEqualAsync("odd"));
        }
    }
}
