using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

public sealed class DatabaseTests : CatalogTest
{
    [Fact]
    public async Task Adds_lists_changes_and_removes()
    {
        var added = await Control.Databases.AddAsync(new NewDatabase { Name = "A", Connection = Node.Settings, Group = "g" }, Cancellation);
        await Control.Databases.AddAsync(new NewDatabase { Name = "B2", Connection = Node.Settings, Group = "g", Priority = 5 },
            Cancellation);
        Assert.Equal(["A:source", "B2:target"],
            (await Control.DatabaseGroups.GetAsync("g", Cancellation)).Members.Select(m => m.ToString()).Order());
        Assert.Equal(["B2"], (await Control.Databases.ListAsync("B?")).Select(d => d.Name));
        Assert.Equal(2, (await Control.Databases.ListAsync("*")).Count);
        Assert.Empty(await Control.Databases.ListAsync("none*"));

        var changed = await Control.Databases.UpdateAsync("A", new DatabaseChange
        {
            NewName = "Alpha",
            Status = DatabaseStatus.Inactive,
            Connection = new ConnectionSettings { Port = 1234, Options = "sslmode=disable" },
        }, Cancellation);
        Assert.Equal(added.Id, changed.Id);
        Assert.Equal((1234, "sslmode=disable", Node.Name),
            (changed.Connection.Port, changed.Connection.Options, changed.Connection.DatabaseName));
        Assert.Equal(Node.Settings.Password, (await Control.Databases.GetConnectionAsync("Alpha", Cancellation)).Password);

        var inUse = await FailsAsync("DatabaseInUse", () => Control.Databases.RemoveAsync("Alpha", false, Cancellation));
        Assert.Contains("'g'", inUse.Message);
        await Control.Databases.RemoveAsync("Alpha", true, Cancellation);
        var again = await Control.Databases.AddAsync(new NewDatabase { Name = "Alpha", Connection = Node.Settings, SkipTest = true },
            Cancellation);
        Assert.NotEqual(added.Id, again.Id);
    }

    [Fact]
    public async Task A_password_is_stored_encrypted_and_never_shown()
    {
        const string Secret = "pa ss';word=ü";
        var connection = Node.Settings with { Password = null, ConnectionString = $"host=localhost dbname=x password='pa ss\\';word=ü'" };
        var added = await Control.Databases.AddAsync(new NewDatabase { Name = "A", Connection = connection, SkipTest = true },
            Cancellation);
        Assert.True(added.HasStoredPassword);
        Assert.Null(added.Connection.Password);
        var row = await ControlTest.ScalarAsync<string>("SELECT row_to_json(d)::text FROM bucardo.db d");
        Assert.DoesNotContain("pa ss", row);
        Assert.StartsWith("v1:", await ControlTest.ScalarAsync<string>("SELECT dbpass FROM bucardo.db"));
        Assert.Equal(Secret, (await Control.Databases.GetConnectionAsync("A", Cancellation)).Password);
        Assert.DoesNotContain("word", (await Control.Databases.GetConnectionAsync("A", Cancellation)).ToString());

        await AddNodesAsync("B");
        await ControlTest.ExecuteAsync("UPDATE bucardo.db SET dbpass = (SELECT dbpass FROM bucardo.db WHERE name = 'A') WHERE name = 'B'");
        var moved = await FailsAsync("PasswordNotReadable", () => Control.Databases.GetConnectionAsync("B", Cancellation));
        Assert.DoesNotContain("v1:", moved.Message);

        await Control.Databases.UpdateAsync("A", new DatabaseChange { ClearPassword = true }, Cancellation);
        Assert.Null((await Control.Databases.GetConnectionAsync("A", Cancellation)).Password);
    }

    [Fact]
    public async Task Bad_names_and_unknown_names_are_refused()
    {
        foreach (var name in new[] { "", "1a", "a-b", "a b", "ä", "a\n", new string('a', 64) })
            await FailsAsync("InvalidName", () =>
                Control.Databases.AddAsync(new NewDatabase { Name = name, Connection = Node.Settings, SkipTest = true }, Cancellation));
        await AddNodesAsync("Paris", "London");
        await FailsAsync("DatabaseExists", () => AddNodesAsync("Paris"));
        await FailsAsync("DatabaseExists", () =>
            Control.Databases.UpdateAsync("London", new DatabaseChange { NewName = "Paris" }, Cancellation));
        var error = await FailsAsync("DatabaseNotFound", () => Control.Databases.GetAsync("paris", Cancellation));
        Assert.Contains("did you mean 'Paris'?", error.Message);
        await FailsAsync("DatabaseNotFound", () => Control.Databases.RemoveAsync("x", true, Cancellation));
        await FailsAsync("DatabaseNotFound", () => Control.Databases.UpdateAsync("%", new DatabaseChange(), Cancellation));
        await FailsAsync("InvalidConnectionString", () =>
            Control.Databases.AddAsync(new NewDatabase { Name = "X", Connection = new() { Options = "sslmod=disable password=x" } },
            Cancellation));
    }

    [Fact]
    public async Task A_failing_connection_is_told_apart_and_nothing_is_added()
    {
        Task AddAsync(ConnectionSettings settings) =>
            Control.Databases.AddAsync(new NewDatabase { Name = "A", Connection = settings }, Cancellation);
        var unreachable = await FailsAsync("HostUnreachable", () => AddAsync(Node.Settings with { Port = 1 }));
        Assert.Contains("port 1,", unreachable.Message);
        Assert.Contains($"host {Node.Settings.HostName}", unreachable.Message);
        await FailsAsync("HostUnreachable", () => AddAsync(Node.Settings with { HostName = "no-such-host.invalid" }));
        var missing = await FailsAsync("DatabaseMissing", () => AddAsync(Node.Settings with { DatabaseName = "no such db" }));
        Assert.Contains("\"no such db\"", missing.Message);
        var refused = await FailsAsync("AuthenticationFailed", () =>
            AddAsync(Node.Settings with { UserName = "nobody_here", Password = "hush-hush" }));
        Assert.Contains("nobody_here", refused.Message);
        Assert.DoesNotContain("hush-hush", refused.ToString());
        Assert.Empty(await Control.Databases.ListAsync());
    }

    [Fact]
    public async Task A_test_reports_every_problem()
    {
        await AddNodesAsync("A");
        var good = await Control.Databases.TestAsync("A", Cancellation);
        Assert.True(good.Ready, good.ToString());
        Assert.Equal("replica", good.ApplyMode);
        Assert.Equal("good", await ControlTest.ScalarAsync<string>("SELECT status FROM bucardo.db_connlog"));

        var role = "poor_" + Node.Name;
        await Node.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'p'; REVOKE TEMP ON DATABASE \"{Node.Name}\" FROM PUBLIC; ALTER ROLE {role} SET default_transaction_read_only = on");
        try
        {
            var poor = await Control.Databases.TestAsync(Node.For(role, "p"), Cancellation);
            Assert.Equal(["DatabaseReadOnly", "PermissionMissing", "PermissionMissing"], poor.Problems.Select(p => p.Code).Order());
            Assert.Equal("origin", poor.ApplyMode);
            await Node.ExecuteAsync($"ALTER ROLE {role} RESET ALL; GRANT CREATE, TEMP ON DATABASE \"{Node.Name}\" TO {role}");
            Assert.True((await Control.Databases.TestAsync(Node.For(role, "p"), Cancellation)).Ready);
            await Node.ExecuteAsync("CREATE SCHEMA bucardo_node");
            Assert.Contains("bucardo_node",
                Assert.Single((await Control.Databases.TestAsync(Node.For(role, "p"), Cancellation)).Problems).Message);
        }
        finally
        {
            await Node.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
        Assert.Equal("HostUnreachable",
            Assert.Single((await Control.Databases.TestAsync(Node.Settings with { Port = 1 }, Cancellation)).Problems).Code);
    }

    [Fact]
    public async Task A_group_is_changed_and_removed()
    {
        await AddNodesAsync("A", "B", "C");
        DatabaseGroupMember Member(string name, DatabaseRole role, int priority = 0) =>
            new() { Database = name, Role = role, Priority = priority };
        var group = await Control.DatabaseGroups.AddAsync("g", [Member("A", DatabaseRole.Source), Member("B", DatabaseRole.Source, 3)],
            "note", Cancellation);
        Assert.Equal(["B", "A"], group.Members.Select(m => m.Database));
        group = await Control.DatabaseGroups.UpdateAsync("g",
            new DatabaseGroupChange { NewName = "h", About = "",
            Add = [Member("C", DatabaseRole.Target), Member("A", DatabaseRole.Target)], Remove = ["B"] }, Cancellation);
        Assert.Equal(["A:target", "C:target"], group.Members.Select(m => m.ToString()));
        Assert.Null(group.About);
        group = await Control.DatabaseGroups.UpdateAsync("h", new DatabaseGroupChange { Members = [Member("B", DatabaseRole.Source)] },
            Cancellation);
        Assert.Equal(["B:source"], group.Members.Select(m => m.ToString()));
        await FailsAsync("GroupExists", () => Control.DatabaseGroups.AddAsync("h", [], null, Cancellation));
        await FailsAsync("DatabaseNotFound", () =>
            Control.DatabaseGroups.AddAsync("i", [Member("Z", DatabaseRole.Source)], null, Cancellation));
        await FailsAsync("DatabaseNotFound", () =>
            Control.DatabaseGroups.UpdateAsync("h", new DatabaseGroupChange { Remove = ["Z"] }, Cancellation));
        await FailsAsync("DatabaseTwice", () =>
            Control.DatabaseGroups.AddAsync("i", [Member("A", DatabaseRole.Source), Member("A", DatabaseRole.Target)], null, Cancellation));
        await FailsAsync("GroupNotFound", () => Control.DatabaseGroups.GetAsync("g", Cancellation));
        Assert.Single(await Control.DatabaseGroups.ListAsync());
        await Control.DatabaseGroups.RemoveAsync("h", false, Cancellation);
        Assert.Empty(await Control.DatabaseGroups.ListAsync());
    }
}
