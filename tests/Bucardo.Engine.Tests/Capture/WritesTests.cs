using Bucardo.Engine.Tests.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Capture;

/// <summary>Every way in which an application can write is captured.</summary>
public sealed class WritesTests
{
    const string Plain = "CREATE TABLE plain (id int PRIMARY KEY, v text)";
    const string Parts = """
        CREATE TABLE parts (region text, id int, v text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
        CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
        CREATE TABLE parts_b PARTITION OF parts FOR VALUES IN ('b') PARTITION BY RANGE (id);
        CREATE TABLE parts_b1 PARTITION OF parts_b FOR VALUES FROM (0) TO (100);
        CREATE TABLE parts_b2 PARTITION OF parts_b DEFAULT;
        """;

    [Fact]
    public async Task Upserts_merges_common_table_expressions_COPY_and_rolled_back_savepoints()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Plain + "; CREATE TABLE source (id int, v text); INSERT INTO source VALUES (1, 'merged'), (50, 'merged')", ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'old' FROM generate_series(1, 10) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (2, 'x'), (11, 'x') ON CONFLICT (id) DO UPDATE SET v = 'upsert'; INSERT INTO plain VALUES (3, 'x'), (12, 'x') ON CONFLICT DO NOTHING");
        if (await nodes[0].ScalarAsync<bool>("SELECT current_setting('server_version_num')::int >= 150000"))
            await nodes.ExecuteAsync(0, "MERGE INTO plain t USING source s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)");
        await nodes.ExecuteAsync(0, "WITH gone AS (DELETE FROM plain WHERE id IN (4, 5) RETURNING *), new AS (INSERT INTO plain SELECT id + 100, v FROM gone RETURNING id) UPDATE plain SET v = 'cte' WHERE id = 6");
        await nodes.ExecuteAsync(0, "BEGIN; INSERT INTO plain VALUES (200, 'kept'); SAVEPOINT s; INSERT INTO plain VALUES (201, 'lost'); DELETE FROM plain WHERE id = 7; ROLLBACK TO s; UPDATE plain SET v = 'after' WHERE id = 8; SAVEPOINT t; UPDATE plain SET v = 'sub' WHERE id = 9; RELEASE t; COMMIT");
        await nodes.ExecuteAsync(0, "DO $$ BEGIN BEGIN UPDATE plain SET v = 'lost'; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN INSERT INTO plain VALUES (300, 'caught'); END; END $$");
        await using (var connection = await nodes[0].OpenAsync())
        await using (var copy = await connection.BeginTextImportAsync("COPY plain FROM STDIN"))
            await copy.WriteAsync("400\tcopied\n401\t\\N\n");
        await nodes.SettleAsync();
        var rows = await nodes.AssertEqualAsync("plain");
        foreach (var row in new[] { "(2,upsert)", "(11,x)", "(3,old)", "(12,x)", "(104,old)", "(6,cte)", "(200,kept)", "(7,old)", "(8,after)", "(9,sub)", "(300,caught)", "(400,copied)", "(401,)" }) Assert.Contains(row, rows);
        Assert.DoesNotContain("(201,lost)", rows);
        Assert.DoesNotContain("(5,old)", rows);
    }

    [Theory]
    [InlineData("st")]
    [InlineData("sss")]
    public async Task Partitioned_tables_through_the_parent_through_a_leaf_and_across_leaves(string roles)
    {
        await using var nodes = await Nodes.CreateAsync(roles, Parts, ["parts(region, id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO parts VALUES ('a', 1, 'x'), ('b', 1, 'x'), ('b', 500, 'x'); INSERT INTO parts_a VALUES ('a', 2, 'leaf'); INSERT INTO parts_b VALUES ('b', 2, 'middle'); INSERT INTO parts_b2 VALUES ('b', 501, 'leaf')");
        await nodes.SettleAsync();
        Assert.Equal(6, (await nodes.AssertEqualAsync("parts")).Count);
        await nodes.ExecuteAsync(0, "UPDATE parts SET region = 'b', id = 600 WHERE region = 'a' AND id = 1; UPDATE parts_b SET id = 3 WHERE id = 500; UPDATE parts_b1 SET v = 'z' WHERE id = 1; DELETE FROM parts_b2 WHERE id = 501");
        await nodes.SettleAsync();
        Assert.Equal(["(a,2,leaf)", "(b,1,z)", "(b,2,middle)", "(b,3,x)", "(b,600,x)"], await nodes.AssertEqualAsync("parts"));

        await nodes.ExecuteAsync(0, "TRUNCATE parts_a");
        await nodes.SettleAsync();
        Assert.Equal(4, (await nodes.AssertEqualAsync("parts")).Count);
        await nodes.ExecuteAsync(0, "TRUNCATE parts_b; INSERT INTO parts VALUES ('b', 1, 'new'), ('a', 9, 'new')");
        await nodes.SettleAsync();
        Assert.Equal(["(a,9,new)", "(b,1,new)"], await nodes.AssertEqualAsync("parts"));
        await nodes.ExecuteAsync(0, "TRUNCATE parts");
        Assert.True((await nodes.SettleAsync()).Truncates > 0);
        Assert.Empty(await nodes.AssertEqualAsync("parts"));
    }

    [Fact]
    public async Task A_partition_that_is_added_later_is_captured()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Parts, ["parts(region, id)"]);
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, "CREATE TABLE parts_c PARTITION OF parts FOR VALUES IN ('c'); CREATE TABLE parts_d (LIKE parts INCLUDING ALL); ALTER TABLE parts ATTACH PARTITION parts_d FOR VALUES IN ('d')");
        await nodes.ExecuteAsync(0, "INSERT INTO parts VALUES ('c', 1, 'x'), ('d', 1, 'x'); INSERT INTO parts_c VALUES ('c', 2, 'x')");
        await nodes.SettleAsync();
        Assert.Equal(3, (await nodes.AssertEqualAsync("parts")).Count);
        await nodes.PrepareAsync();
        await nodes.ExecuteAsync(0, "TRUNCATE parts_c");
        await nodes.SettleAsync();
        Assert.Equal(["(d,1,x)"], await nodes.AssertEqualAsync("parts"));
    }

    [Fact]
    public async Task TRUNCATE_of_several_tables_with_cascade_and_restart_identity()
    {
        const string schema = "CREATE TABLE a (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); CREATE TABLE c (id int PRIMARY KEY); CREATE TABLE d (id int PRIMARY KEY)";
        await using var nodes = await Nodes.CreateAsync("sst", schema, ["a(id)", "b(id)", "c(id)", "d(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO a (v) VALUES ('x'), ('y'); INSERT INTO b VALUES (1, 1); INSERT INTO c VALUES (1); INSERT INTO d VALUES (1)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "TRUNCATE a, c RESTART IDENTITY CASCADE; INSERT INTO a (v) VALUES ('z'); INSERT INTO b VALUES (7, 1)");
        await nodes.SettleAsync();
        Assert.Equal(["(1,z)"], await nodes.AssertEqualAsync("a"));
        Assert.Equal(["(7,1)"], await nodes.AssertEqualAsync("b"));
        Assert.Empty(await nodes.AssertEqualAsync("c"));
        Assert.Single(await nodes.AssertEqualAsync("d"));
        await nodes.ExecuteAsync(0, "BEGIN; TRUNCATE c, d; ROLLBACK");
        Assert.Equal(0, (await nodes.SettleAsync()).Truncates);
        Assert.Single(await nodes.AssertEqualAsync("d"));
    }

    [Fact]
    public async Task An_application_without_any_right_on_the_captured_changes_can_write()
    {
        var role = "app_" + Guid.NewGuid().ToString("N")[..10];
        await using var nodes = await Nodes.CreateAsync("st", Plain + ";" + Parts, ["plain(id)", "parts(region, id)"]);
        await nodes.ExecuteAsync(0, $"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT INSERT, UPDATE, DELETE, SELECT, TRUNCATE ON plain, parts, parts_a TO {role}");
        try
        {
            await using (var connection = new NpgsqlConnection(nodes[0].Server.ConnectionString(nodes[0].Name, role, "secret")))
            {
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand("""
                    SET search_path = pg_temp, public; CREATE TEMP TABLE change_1 (k1 int); CREATE FUNCTION pg_temp.nextval(regclass) RETURNS bigint LANGUAGE sql AS 'SELECT -1::bigint';
                    INSERT INTO plain VALUES (1, 'a'), (2, 'b'); UPDATE plain SET v = 'c' WHERE id = 1; DELETE FROM plain WHERE id = 2;
                    INSERT INTO parts VALUES ('a', 1, 'x'), ('b', 1, 'x'); TRUNCATE parts_a
                    """, connection);
                await command.ExecuteNonQueryAsync();
                command.CommandText = "SELECT * FROM bucardo_node.change_1";
                Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
            }
            await nodes.SettleAsync();
            Assert.Equal(["(1,c)"], await nodes.AssertEqualAsync("plain"));
            Assert.Equal(["(b,1,x)"], await nodes.AssertEqualAsync("parts"));
        }
        finally
        {
            await nodes.ExecuteAsync(0, $"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task Replicated_writes_are_not_captured_as_local_ones()
    {
        await using var nodes = await Nodes.CreateAsync("sss", Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'a'), (2, 'b')");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE plain SET v = 'c' WHERE id = 1; DELETE FROM plain WHERE id = 2");
        await nodes.SettleAsync();
        for (var i = 1; i < 3; i++) Assert.Equal(0, await nodes[i].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1 WHERE origin IS NULL"));
    }

    [Fact]
    public async Task Columns_that_are_added_on_all_nodes_between_rounds_are_picked_up()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Plain, ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'a')");
        await nodes.SettleAsync();
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, "ALTER TABLE plain ADD more int DEFAULT 7, DROP v");
        await nodes.ExecuteAsync(0, "UPDATE plain SET more = 8; INSERT INTO plain VALUES (2, 9)");
        await nodes.SettleAsync();
        Assert.Equal(["(1,8)", "(2,9)"], await nodes.AssertEqualAsync("plain"));
    }
}
