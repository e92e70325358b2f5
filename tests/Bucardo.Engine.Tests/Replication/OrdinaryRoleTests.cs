namespace Bucardo.Engine.Tests.Replication;

/// <summary>A role that may not set session_replication_role, as on managed clouds: rows are applied as an ordinary session.</summary>
public sealed class OrdinaryRoleTests
{
    const string Schema = """
        CREATE TABLE parent (id int PRIMARY KEY, name text UNIQUE);
        CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent);
        """;

    [Fact]
    public async Task Foreign_keys_in_any_direction_are_satisfied_and_nothing_echoes()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, ["child(id)", "parent(id)"], role: OrdinaryRole.Name);
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (1, 'one'), (2, 'two'); INSERT INTO child VALUES (10, 1), (20, 2)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "INSERT INTO parent VALUES (3, 'three'); UPDATE child SET parent = 3 WHERE id = 10; DELETE FROM parent WHERE id = 1; DELETE FROM child WHERE id = 20; DELETE FROM parent WHERE id = 2");
        await nodes.SettleAsync();
        Assert.Equal(["(3,three)"], await nodes.AssertEqualAsync("parent"));
        Assert.Equal(["(10,3)"], await nodes.AssertEqualAsync("child"));
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT (SELECT count(*) FROM bucardo_node.change_1 WHERE origin IS NULL) + (SELECT count(*) FROM bucardo_node.change_2 WHERE origin IS NULL)"));
    }

    [Fact]
    public async Task A_trigger_can_tell_replicated_rows_from_others()
    {
        const string schema = """
            CREATE TABLE item (id int PRIMARY KEY, name text);
            CREATE TABLE audit (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), item int);
            CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS 'BEGIN INSERT INTO audit (item) VALUES (NEW.id); RETURN NULL; END';
            CREATE TRIGGER audit AFTER INSERT ON item FOR EACH ROW WHEN (coalesce(current_setting('bucardo.origin', true), '') = '') EXECUTE FUNCTION audit();
            """;
        await using var nodes = await Nodes.CreateAsync("ss", schema, ["item(id)", "audit(id)"], role: OrdinaryRole.Name);
        await nodes.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'one')");
        await nodes.ExecuteAsync(1, "INSERT INTO item VALUES (2, 'two')");
        await nodes.SettleAsync();
        Assert.Equal(["(1)", "(2)"], (await nodes.AssertEqualAsync("audit", "t.item")).Order());
    }

    [Fact]
    public async Task Columns_are_merged_and_counters_add_up()
    {
        const string schema = "CREATE TABLE item (id int PRIMARY KEY, a text, b text, n int); CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item)";
        await using var nodes = await Nodes.CreateAsync("sst", schema, ["part(id)", "item(id) merge counters n"], role: OrdinaryRole.Name);
        await nodes.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'a', 'b', 10); INSERT INTO part VALUES (10, 1)");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE item SET a = 'x', n = n + 5");
        await nodes.ExecuteAsync(1, "UPDATE item SET b = 'y', n = n + 7");
        await nodes.SettleAsync();
        Assert.Equal(["(1,x,y,22)"], await nodes.AssertEqualAsync("item"));
        Assert.Equal(["(10,1)"], await nodes.AssertEqualAsync("part"));
    }
}
