using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Catalog;

namespace Bucardo.Engine.Tests.Validation;

/// <summary>A sync that cannot run is refused with everything that is wrong, and nothing is left behind.</summary>
public sealed class ValidationTests : CatalogTest
{
    const string Schema = """
        CREATE TABLE missing (id int PRIMARY KEY);
        CREATE TABLE columns (id int PRIMARY KEY, a text, b int, c int);
        CREATE TABLE keyless (id int PRIMARY KEY, v text);
        CREATE TABLE rights (id int PRIMARY KEY, v text);
        """;

    static async Task<TestDatabase> CreateAsync(string schema)
    {
        var database = await PostgresServers.CreateAsync("node", PostgresServers.Second);
        await database.ExecuteAsync(schema);
        return database;
    }

    async Task AddSyncAsync(string[] tables, params (string Name, ConnectionSettings Settings, bool Source)[] databases)
    {
        foreach (var (name, settings, _) in databases) await Control.Databases.AddAsync(new NewDatabase { Name = name, Connection = settings, SkipTest = true }, Cancellation);
        await Control.Syncs.AddAsync(new NewSync
        {
            Name = "s",
            Tables = tables,
            Sources = [.. databases.Where(d => d.Source).Select(d => d.Name)],
            Targets = [.. databases.Where(d => !d.Source).Select(d => d.Name)],
        }, Cancellation);
    }

    static async Task AssertUntouchedAsync(params TestDatabase[] databases)
    {
        foreach (var database in databases)
        {
            Assert.False(await database.ScalarAsync<bool>("SELECT to_regnamespace('bucardo_node') IS NOT NULL"), $"{database.Name} has a schema bucardo_node");
            Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bucardo%'"));
        }
    }

    async Task<string> ControlAsync() => (await ControlTest.ScalarAsync<string>("SELECT string_agg(s::text, ';') FROM bucardo.sync s"))!;

    [Fact]
    public async Task All_problems_of_all_databases_are_reported_at_once_and_nothing_changes()
    {
        var role = "poor_" + Guid.NewGuid().ToString("N")[..10];
        await Node.ExecuteAsync(Schema);
        await using var target = await CreateAsync("CREATE TABLE columns (id int PRIMARY KEY, b text, c smallint, own int NOT NULL); CREATE TABLE keyless (id int, v text); CREATE TABLE rights (id int PRIMARY KEY, v text)");
        await using var poor = await CreateAsync(Schema + $"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT ALL ON missing, columns, keyless TO {role}; GRANT SELECT ON rights TO {role}");
        await poor.ExecuteAsync($"REVOKE TEMPORARY ON DATABASE \"{poor.Name}\" FROM PUBLIC");
        try
        {
            await AddSyncAsync(["missing", "columns", "keyless", "rights"], ("A", Node.Settings, true), ("B", target.Settings, false), ("C", poor.For(role, "secret"), true),
                ("D", Node.Settings with { Port = 1 }, false), ("E", poor.For(role, "wrong"), false));
            var before = await ControlAsync();
            var error = await FailsAsync("ValidationFailed", () => SyncOperations.ActivateAsync(Control, "s", Cancellation));
            Assert.Equal(error.Problems.Select(p => p.Message), (await SyncOperations.ValidateAsync(Control, "s", Cancellation)).Select(p => p.Message));
            AssertProblem("TableMissing", "B", "public.missing");
            AssertProblem("ColumnMissing", "B", "Column a of table public.columns");
            AssertProblem("TypeMismatch", "B", "Column b of table public.columns");
            AssertProblem("TypeMismatch", "B", "Column c of table public.columns");
            AssertProblem("ColumnWithoutDefault", "B", "Column own of table public.columns");
            AssertProblem("KeyMissing", "B", "public.keyless");
            foreach (var right in new[] { "INSERT", "UPDATE", "DELETE", "TRIGGER" }) AssertProblem("PrivilegeMissing", "C", $"GRANT {right} ON TABLE public.rights");
            AssertProblem("PrivilegeMissing", "C", "GRANT CREATE ON DATABASE");
            AssertProblem("PrivilegeMissing", "C", "GRANT TEMPORARY ON DATABASE");
            AssertProblem("HostUnreachable", "D", "port 1");
            if (poor.Server is PostgresCluster) AssertProblem("AuthenticationFailed", "E", role);
            Assert.All(error.Problems, p => Assert.Contains(p.Message, error.Message));
            Assert.DoesNotContain("wrong", error.ToString());
            Assert.Equal(before, await ControlAsync());
            await AssertUntouchedAsync(Node, target, poor);

            void AssertProblem(string code, string database, string text) =>
                Assert.True(error.Problems.Any(p => p.Code == code && p.Database == database && p.Message.Contains(text, StringComparison.Ordinal)), $"{code} on {database} about {text} is not among:\n{string.Join("\n", error.Problems)}");
        }
        finally
        {
            await poor.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task Sources_must_be_able_to_hold_each_others_values()
    {
        await Node.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int)");
        await using var other = await CreateAsync("CREATE TABLE t (id int PRIMARY KEY, v bigint)");
        await AddSyncAsync(["t"], ("A", Node.Settings, true), ("B", other.Settings, true));
        Assert.Equal("TypeMismatch", Assert.Single(await SyncOperations.ValidateAsync(Control, "s", Cancellation)).Code);
    }

    [Fact]
    public async Task An_activation_that_fails_half_way_is_taken_back()
    {
        await Node.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await using var copy = await CreateAsync("CREATE TABLE t (id int PRIMARY KEY); CREATE SCHEMA bucardo_node");
        await AddSyncAsync(["t"], ("A", Node.Settings, true), ("B", copy.Settings, true));
        // The second database turns out to belong to somebody else only when capture is installed.
        await copy.ExecuteAsync("DROP SCHEMA bucardo_node; CREATE SCHEMA bucardo_node; CREATE TABLE bucardo_node.consumer (); CREATE TABLE bucardo_node.node (id int, name text, version int); INSERT INTO bucardo_node.node VALUES (77, 'other', 1000)");
        var before = await ControlAsync();
        await FailsAsync("NodeBelongsToOther", () => SyncOperations.ActivateAsync(Control, "s", Cancellation));
        Assert.Equal(before, await ControlAsync());
        await AssertUntouchedAsync(Node);
        Assert.Equal(1, await copy.ScalarAsync<long>("SELECT count(*) FROM bucardo_node.node"));
    }

    [Fact]
    public async Task A_database_that_an_earlier_version_prepared_is_no_broken_one()
    {
        await Node.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await using var other = await CreateAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await AddSyncAsync(["t"], ("A", Node.Settings, true), ("B", other.Settings, true));
        await SyncOperations.ActivateAsync(Control, "s", Cancellation);
        await Node.ExecuteAsync("UPDATE bucardo_node.node SET version = version - 1");
        var problem = Assert.Single(await SyncOperations.ValidateAsync(Control, "s", Cancellation));
        Assert.Equal(("CaptureOutdated", "A", true, ProblemSeverity.Warning), (problem.Code, problem.Database, problem.IsRepairable, problem.Severity));
        Assert.Equal([problem with { IsRepaired = true }], await SyncOperations.RepairAsync(Control, "s", Cancellation));
        Assert.Empty(await SyncOperations.ValidateAsync(Control, "s", Cancellation));
    }

    [Fact]
    public async Task What_is_activated_and_removed_leaves_the_databases_as_they_were()
    {
        await Node.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await using var other = await CreateAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await AddSyncAsync(["t"], ("A", Node.Settings, true), ("B", other.Settings, true));
        Assert.Equal(SyncStatus.Active, (await SyncOperations.ActivateAsync(Control, "s", Cancellation)).Status);
        await Node.ExecuteAsync("INSERT INTO t VALUES (1)");
        Assert.Equal(1, (await SyncOperations.RunOnceAsync(Control, "s", null, Cancellation)).Inserts);
        Assert.Empty(await SyncOperations.RemoveAsync(Control, "s", Cancellation));
        await AssertUntouchedAsync(Node, other);
    }
}
