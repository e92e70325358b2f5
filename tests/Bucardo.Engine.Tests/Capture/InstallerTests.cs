using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Capture;

/// <summary>Capture is installed, verified, repaired and removed, and never in an application's way.</summary>
public sealed class InstallerTests
{
    const string Schema = """
        CREATE TABLE plain (id int PRIMARY KEY, v text);
        CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE parts1 PARTITION OF parts DEFAULT;
        """;

    static Task<Nodes> CreateAsync() => Nodes.CreateAsync("ss", Schema, ["plain(id)", "parts(id)"]);

    static async Task<IReadOnlyList<string>> EnsureAsync(Nodes nodes, SyncDefinition? definition = null, CaptureOptions? options = null, int node = 0)
    {
        definition ??= nodes.Definition;
        await using var connection = await NodeConnection.OpenAsync(definition.Members[node].Connection, "n", "test", default);
        return await new CaptureInstaller(connection, definition.Members[node], options).EnsureAsync(definition, default);
    }

    [Fact]
    public async Task What_is_in_place_is_not_touched()
    {
        await using var nodes = await CreateAsync();
        Assert.Empty(await EnsureAsync(nodes));
        await using var connection = await nodes[0].OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("LOCK TABLE plain, parts IN ROW EXCLUSIVE MODE", default);
        Assert.Empty(await EnsureAsync(nodes));
    }

    [Theory]
    [InlineData("DROP TRIGGER bucardo_capture_update ON plain", "trigger bucardo_capture_update of public.plain")]
    [InlineData("ALTER TABLE plain DISABLE TRIGGER bucardo_capture_delete", "trigger bucardo_capture_delete of public.plain")]
    [InlineData("ALTER TABLE plain DISABLE TRIGGER ALL", "trigger bucardo_capture_insert of public.plain")]
    [InlineData("ALTER TABLE plain ENABLE REPLICA TRIGGER bucardo_capture_truncate", "trigger bucardo_capture_truncate of public.plain")]
    [InlineData("CREATE OR REPLACE FUNCTION bucardo_node.capture_1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "capture function of public.plain")]
    [InlineData("DROP FUNCTION bucardo_node.capture_1() CASCADE", "capture function of public.plain")]
    [InlineData("DROP TABLE bucardo_node.change_1 CASCADE", "change table of public.plain")]
    [InlineData("DROP TABLE bucardo_node.bulk_1 CASCADE", "change table of public.plain")]
    [InlineData("DROP VIEW bucardo_node.changes_1", "change table of public.plain")]
    [InlineData("DROP TRIGGER bucardo_capture_row ON parts", "trigger bucardo_capture_row of public.parts")]
    [InlineData("DROP TRIGGER bucardo_capture_leaf ON parts1", "trigger bucardo_capture_leaf of public.parts1")]
    [InlineData("DROP FUNCTION bucardo_node.capture_leaf_2() CASCADE", "trigger bucardo_capture_leaf of public.parts1")]
    [InlineData("CREATE OR REPLACE FUNCTION bucardo_node.capture_leaf_2() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "capture function for partitions of public.parts")]
    [InlineData("CREATE TABLE elder (id int, v text); ALTER TABLE plain INHERIT elder", "capture function of public.plain")]
    [InlineData("ALTER TABLE parts DETACH PARTITION parts1; ALTER TABLE parts ATTACH PARTITION parts1 DEFAULT", "")]
    [InlineData("ALTER TABLE plain RENAME TO plane; CREATE TABLE plain (id int PRIMARY KEY, v text)", "change table of public.plain")]
    public async Task What_is_broken_is_repaired(string harm, string repaired)
    {
        await using var nodes = await CreateAsync();
        await nodes.ExecuteAsync(0, harm);
        var changes = await EnsureAsync(nodes);
        if (repaired != "") Assert.Contains(repaired, changes);
        Assert.Empty(await EnsureAsync(nodes));
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'a'), (2, 'a'); INSERT INTO parts VALUES (1, 'a'); TRUNCATE parts1; INSERT INTO parts VALUES (2, 'a')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET v = 'b' WHERE id = 1; DELETE FROM plain WHERE id = 2");
        await nodes.SettleAsync();
        Assert.Equal(["(1,b)"], await nodes.AssertEqualAsync("plain"));
        Assert.Equal(["(2,a)"], await nodes.AssertEqualAsync("parts"));
    }

    [Fact]
    public async Task A_key_that_grows_keeps_what_was_captured()
    {
        await using var nodes = await CreateAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'a')");
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, "ALTER TABLE plain ALTER id TYPE bigint");
        await nodes.PrepareAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (5000000000, 'b')");
        await nodes.SettleAsync();
        Assert.Equal(["(1,a)", "(5000000000,b)"], await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task Removal_leaves_nothing_and_two_syncs_share_a_change_table()
    {
        await using var nodes = await CreateAsync();
        var second = nodes.Definition with { Sync = nodes.Definition.Sync with { Id = 2, Name = "sync2" }, Tables = [nodes.Definition.Tables[0]] };
        Assert.DoesNotContain(await EnsureAsync(nodes, second), c => c.Contains("change table"));
        Assert.Equal(1, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.captured WHERE relation = 'plain'::regclass"));
        Assert.Equal(["capture of public.parts"], await RemoveAsync(1));
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'a')");
        Assert.Equal(1, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1"));
        await RemoveAsync(2);
        Assert.Equal(0, await nodes[0].ScalarAsync<long>("""
            SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bucardo%') + (SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace('bucardo_node'))
                 + (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('bucardo_node') AND relname LIKE 'change\_%' AND relkind <> 'S')
            """));
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (2, 'a'); TRUNCATE parts1");
        Assert.Empty(await RemoveAsync(2));

        async Task<IReadOnlyList<string>> RemoveAsync(int sync)
        {
            await using var connection = await NodeConnection.OpenAsync(nodes.Definition.Members[0].Connection, "n1", "test", default);
            return await new CaptureInstaller(connection, nodes.Definition.Members[0]).RemoveAsync(sync, default);
        }
    }

    [Fact]
    public async Task A_busy_table_is_tried_again_and_its_writers_go_on()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, []);
        var definition = nodes.Definition with { Tables = [new Table { Id = 1, Database = "n1", Schema = "public", Name = "plain", KeyColumns = ["id"] }] };
        await using var connection = await nodes[0].OpenAsync();
        Task<IReadOnlyList<string>> install;
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("INSERT INTO plain VALUES (1, 'open')", default);
            install = EnsureAsync(nodes, definition, new CaptureOptions { LockTimeout = TimeSpan.FromMilliseconds(200) });
            var slowest = TimeSpan.Zero;
            for (var i = 0; i < 20; i++)
            {
                var clock = System.Diagnostics.Stopwatch.StartNew();
                await nodes.ExecuteAsync(0, $"INSERT INTO plain VALUES ({i + 10}, 'other session')");
                if (clock.Elapsed > slowest) slowest = clock.Elapsed;
                await Task.Delay(30);
            }
            Assert.False(install.IsCompleted);
            Assert.True(slowest < TimeSpan.FromSeconds(2), $"a writer waited {slowest}");
            await transaction.CommitAsync();
        }
        Assert.Contains("change table of public.plain", await install.WaitAsync(TimeSpan.FromSeconds(30)));

        await using var reader = await nodes[0].OpenAsync();
        await using var reading = await reader.BeginTransactionAsync();
        await reader.ExecuteAsync("LOCK TABLE parts IN ACCESS SHARE MODE", default);
        var both = definition with { Tables = [.. definition.Tables, definition.Tables[0] with { Id = 2, Name = "parts" }] };
        Assert.Contains("change table of public.parts", await EnsureAsync(nodes, both, new CaptureOptions { LockTimeout = TimeSpan.FromMilliseconds(500), LockAttempts = 1 }));
    }

    [Fact]
    public async Task A_table_that_stays_busy_is_reported()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, []);
        var definition = nodes.Definition with { Tables = [new Table { Id = 1, Database = "n1", Schema = "public", Name = "plain", KeyColumns = ["id"] }] };
        await using var connection = await nodes[0].OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("LOCK TABLE plain IN ROW EXCLUSIVE MODE", default);
        var error = await Assert.ThrowsAsync<BucardoException>(() => EnsureAsync(nodes, definition, new CaptureOptions { LockTimeout = TimeSpan.FromMilliseconds(50), LockAttempts = 2 }));
        Assert.Equal("TableBusy", error.ErrorId);
        Assert.Contains("public.plain", error.Message);
    }

    [Theory]
    [InlineData("v", "KeyMissing")]
    [InlineData("none", "KeyMissing")]
    public async Task A_table_without_the_key_is_refused(string key, string errorId)
    {
        await using var nodes = await CreateAsync();
        var definition = nodes.Definition with { Tables = [nodes.Definition.Tables[0] with { KeyColumns = [key] }] };
        var error = await Assert.ThrowsAsync<BucardoException>(() => EnsureAsync(nodes, definition));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains("public.plain", error.Message);
    }

    [Fact]
    public async Task A_source_that_becomes_a_target_loses_its_triggers()
    {
        await using var nodes = await Nodes.CreateAsync("sss", Schema, ["plain(id)"]);
        var member = nodes.Definition.Members[2] with { Role = DatabaseRole.Target };
        await EnsureAsync(nodes, nodes.Definition with { Members = [.. nodes.Definition.Members.Take(2), member] }, node: 2);
        Assert.Equal(0, await nodes[2].ScalarAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bucardo%'"));
        await EnsureAsync(nodes, node: 2);
        Assert.Equal(4, await nodes[2].ScalarAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bucardo%'"));
    }

    [Fact]
    public async Task A_copied_database_is_refused()
    {
        await using var nodes = await CreateAsync();
        await using var copy = await PostgresServers.CreateAsync("copy", PostgresServers.First, nodes[0].Name);
        var member = nodes.Definition.Members[1] with { Connection = copy.Settings };
        var error = await Assert.ThrowsAsync<BucardoException>(() => EnsureAsync(nodes, nodes.Definition with { Members = [nodes.Definition.Members[0], member] }, node: 1));
        Assert.Equal("NodeBelongsToOther", error.ErrorId);
    }
}
