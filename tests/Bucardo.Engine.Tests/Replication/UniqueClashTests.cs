namespace Bucardo.Engine.Tests.Replication;

/// <summary>The same secondary unique value taken on two nodes is a conflict, not a breakdown.</summary>
public class UniqueClashTests
{
    protected virtual string? Role => null;

    const string Users = "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, name text)";

    [Theory]
    [InlineData("ss")]
    [InlineData("sss")]
    [InlineData("sst")]
    public async Task The_later_row_keeps_the_value_and_the_other_goes_everywhere(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Users, ["users(id)"], role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO users VALUES (1, 'a@x', 'early')");
        await nodes.ExecuteAsync(1, "INSERT INTO users VALUES (2, 'a@x', 'late')");
        var result = await nodes.SettleAsync();
        Assert.Equal(["(2,a@x,late)"], await nodes.AssertEqualAsync("users"));
        Assert.True(result.Conflicts > 0);
    }

    [Fact]
    public async Task A_preferred_source_keeps_the_value()
    {
        await using var nodes = await Nodes.CreateAsync("sss", Users, ["users(id)"], "bucardo_source", role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO users VALUES (1, 'a@x', 'preferred')");
        await nodes.ExecuteAsync(1, "INSERT INTO users VALUES (2, 'a@x', 'late')");
        await nodes.SettleAsync();
        Assert.Equal(["(1,a@x,preferred)"], await nodes.AssertEqualAsync("users"));
    }

    [Fact]
    public async Task A_chain_of_clashes_on_three_nodes_ends_equal_and_the_sync_goes_on()
    {
        await using var nodes = await Nodes.CreateAsync("sss", "CREATE TABLE c (id int PRIMARY KEY, u int UNIQUE, v int UNIQUE)", ["c(id)"], role: Role);
        await nodes.ExecuteAsync(0, "INSERT INTO c VALUES (1, 1, 10), (100, 100, 100)");
        await nodes.ExecuteAsync(1, "INSERT INTO c VALUES (2, 2, 10)");
        await nodes.ExecuteAsync(2, "INSERT INTO c VALUES (3, 2, 30)");
        await nodes.SettleAsync();
        Assert.Equal(["(1,1,10)", "(100,100,100)", "(3,2,30)"], await nodes.AssertEqualAsync("c"));
    }

    [Fact]
    public async Task A_stray_row_on_a_target_of_one_source_gives_way()
    {
        await using var nodes = await Nodes.CreateAsync("st", Users, ["users(id)"], role: Role);
        await nodes.ExecuteAsync(1, "INSERT INTO users VALUES (9, 'a@x', 'stray')");
        await nodes.ExecuteAsync(0, "INSERT INTO users VALUES (1, 'a@x', 'right')");
        await nodes.SettleAsync();
        Assert.Equal(["(1,a@x,right)"], await nodes.AssertEqualAsync("users"));
    }
}
