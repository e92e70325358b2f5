using Bucardo.Engine.Catalog;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Security;

/// <summary>A role that may create schemas lays one out under our name, and waits for somebody with greater rights to use it.</summary>
public sealed class ForeignSchemaTests
{
    const string Trap = """
        CREATE SCHEMA {0};
        CREATE TABLE {0}.caught (who text); GRANT ALL ON {0}.caught TO PUBLIC;
        CREATE FUNCTION {0}.trap() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO {0}.caught VALUES (current_user); RETURN true; END';
        """;

    [Theory]
    [InlineData(null)]
    [InlineData("bucardo")]
    public async Task On_a_node_it_is_refused_before_anything_in_it_runs(string? role)
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE t (id int PRIMARY KEY, v text)", ["t(id)"], role: role is null ? null : role + "_" + Guid.NewGuid().ToString("N")[..10]);
        await using var sessions = new Sessions();
        var stranger = await sessions.CreateRoleAsync("stranger", nodes[0]);
        await nodes.RemoveAsync(0);
        await nodes.ExecuteAsync(0, $"GRANT CREATE ON DATABASE \"{nodes[0].Name}\" TO {stranger}");
        await Sessions.RunAsync(nodes[0], stranger, string.Format(Trap, "bucardo_node") + """
            CREATE TABLE bucardo_node.consumer (sync int, peer int);
            CREATE TABLE bucardo_node.node (singleton boolean DEFAULT bucardo_node.trap(), id int DEFAULT 1, name text, version int);
            GRANT ALL ON SCHEMA bucardo_node TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA bucardo_node TO PUBLIC;
            """);
        // What any role can bring about itself up to PostgreSQL 14.
        if (role is not null) await nodes.ExecuteAsync(0, $"GRANT {stranger} TO {nodes.Definition.Members[0].Connection.UserName}");
        foreach (var attempt in new Func<Task>[] { () => nodes.EnsureAsync(0), () => nodes.RemoveAsync(0) })
        {
            var error = await Assert.ThrowsAsync<BucardoException>(attempt);
            Assert.Equal("NodeSchemaForeign", error.ErrorId);
            Assert.Contains(stranger, error.Message);
            Assert.Contains("n1", error.Message);
        }
        Assert.Empty(await nodes[0].QueryAsync("SELECT * FROM bucardo_node.caught"));
        await nodes.ExecuteAsync(0, "DROP SCHEMA bucardo_node CASCADE");
        await nodes.EnsureAsync(0);
    }

    [Fact]
    public async Task On_the_control_database_it_is_refused_before_anything_in_it_runs()
    {
        await using var control = await PostgresServers.CreateAsync("control");
        await using var sessions = new Sessions();
        var stranger = await sessions.CreateRoleAsync("stranger", control);
        await control.ExecuteAsync($"GRANT CREATE ON DATABASE \"{control.Name}\" TO {stranger}");
        await Sessions.RunAsync(control, stranger, "CREATE SCHEMA bucardo; GRANT ALL ON SCHEMA bucardo TO PUBLIC");
        var error = await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.InstallAsync(control.Settings, createDatabase: false, default));
        Assert.Equal("ForeignControlSchema", error.ErrorId);
        Assert.Contains(stranger, error.Message);
        Assert.Equal(0, await control.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'bucardo'::regnamespace"));
    }

    [Fact]
    public async Task A_control_database_that_is_made_here_can_be_entered_by_its_owner_only()
    {
        await using var place = await PostgresServers.CreateAsync("control");
        await using var sessions = new Sessions();
        var other = await sessions.CreateRoleAsync("other", place);
        await place.Server.DropDatabaseAsync(place.Name);
        await ControlDatabase.InstallAsync(place.Settings, createDatabase: true, default);
        await Sessions.RefusesAsync(place, other, "NOTIFY bucardo_mcp_fullstop");
        Assert.False(await place.ScalarAsync<bool>($"SELECT has_database_privilege('{other}', current_database(), 'CONNECT')"));
    }
}
