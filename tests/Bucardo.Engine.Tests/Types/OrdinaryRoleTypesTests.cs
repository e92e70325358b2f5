using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Types;

/// <summary>A role that may not act as a replica moves the same values, in the order that foreign keys ask for.</summary>
public sealed class OrdinaryRoleTypesTests
{
    const string Schema = """
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE odd (k numeric PRIMARY KEY, c "char", r regclass, x xml, m mood[], always int GENERATED ALWAYS AS IDENTITY);
        CREATE TABLE parts (id int PRIMARY KEY, k numeric REFERENCES odd) PARTITION BY RANGE (id);
        CREATE TABLE parts1 PARTITION OF parts DEFAULT;
        """;

    [Theory]
    [InlineData("ss", 500)]
    [InlineData("sst", 0)]
    public async Task Values_keys_and_partitions_arrive(string roles, int smallRows)
    {
        var role = "plain_" + Guid.NewGuid().ToString("N")[..10];
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["parts(id)", "odd(k)"], role: role, options: new SyncSessionOptions { SmallRows = smallRows });
        await nodes.ExecuteAsync(0, "INSERT INTO odd VALUES (1.0, '\\', '-', '<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>', '[0:1]={sad,NULL}'), (2, '', 'pg_class', NULL, '{}'); INSERT INTO parts VALUES (1, 1), (2, 2)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE odd SET k = 1.00 WHERE k = 1; UPDATE parts SET k = 1; DELETE FROM odd WHERE k = 2");
        await nodes.SettleAsync();
        Assert.Single(await nodes.AssertEqualAsync("odd"));
        Assert.Equal(["(1,1)", "(2,1)"], await nodes.AssertEqualAsync("parts"));
        await nodes.ExecuteAsync(0, "TRUNCATE parts1");
        await nodes.SettleAsync();
        Assert.Empty(await nodes.AssertEqualAsync("parts"));
    }
}
