namespace Bucardo.Engine.Tests.Replication;

/// <summary>A role that may not set session_replication_role, as on managed clouds: rows are applied as an ordinary session.</summary>
static class OrdinaryRole
{
    public static string Name { get; } = "plain_" + Guid.NewGuid().ToString("N")[..10];
}

/// <summary>The same for such a role.</summary>
public sealed class OrdinaryRoleUniqueClashTests : UniqueClashTests
{
    protected override string? Role => OrdinaryRole.Name;
}

/// <summary>The same for such a role.</summary>
public sealed class OrdinaryRoleUniqueRulesTests : UniqueRulesTests
{
    protected override string? Role => OrdinaryRole.Name;
}

/// <summary>The same for such a role.</summary>
public sealed class OrdinaryRoleForeignKeyTests : ForeignKeyTests
{
    protected override string? Role => OrdinaryRole.Name;
}

/// <summary>The same for such a role.</summary>
public sealed class OrdinaryRoleForeignKeyFaultTests : ForeignKeyFaultTests
{
    protected override string? Role => OrdinaryRole.Name;

    [Fact]
    public override async Task A_parent_that_nobody_has_ever_seen_here_makes_no_orphans()
    {
        // PostgreSQL refuses the row, and the round says so; with the parent it goes on.
        var (nodes, _) = await StartAsync("ss");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(1, "SET session_replication_role = replica; INSERT INTO parent VALUES (9, 'unknown to the first')");
        await nodes.ExecuteAsync(1, "INSERT INTO child VALUES (90, 9, 'new')");
        Assert.Contains("child", Assert.Single((await nodes.RoundAsync()).Problems).Message);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (9, 'known')");
        await nodes.SettleAsync();
        Assert.Contains("(90,9,new)", await nodes.AssertEqualAsync("child"));
    }
}

/// <summary>The same for such a role.</summary>
public sealed class OrdinaryRoleLateRivalTests : LateRivalTests
{
    protected override string? Role => OrdinaryRole.Name;
}
