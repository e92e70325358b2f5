using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Capture;

/// <summary>What capture keeps of rows that are merged: states that say the same as the rows.</summary>
public sealed class MergeCaptureTests
{
    const string Schema = """
        CREATE TABLE account (id int PRIMARY KEY, name text, balance numeric, visits smallint DEFAULT 0);
        CREATE TABLE part (id int, region text, n int, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
        CREATE TABLE part_n PARTITION OF part FOR VALUES IN ('n'); CREATE TABLE part_s PARTITION OF part FOR VALUES IN ('s');
        CREATE TABLE swap (id int PRIMARY KEY DEFERRABLE, n int);
        """;

    // The sum of a counter's entries, per row that the state is of.
    static string Sums(int captured, string counter) =>
        $"SELECT k1 || '=' || (SELECT trim_scale(coalesce(sum(value::text::numeric), 0)) FROM jsonb_each(state->'c'->'{counter.Replace("'", "''")}')) || CASE WHEN gone IS NULL THEN '' ELSE ' gone' END FROM bucardo_node.merge_{captured} ORDER BY k1";

    static Task<Nodes> StartAsync(params string[] tables) => Nodes.CreateAsync("ss", Schema, tables);

    static async Task<string[]> ReadAsync(Nodes nodes, string sql) => [.. (await nodes[0].QueryAsync(sql)).Select(r => (string)r[0]!)];

    [Fact]
    public async Task A_counters_entries_add_up_to_the_rows_value_whatever_was_done_to_the_row()
    {
        await using var nodes = await StartAsync("account(id) counters balance, visits");
        await nodes.ExecuteAsync(0, """
            ALTER TABLE account DISABLE TRIGGER USER; INSERT INTO account SELECT i, 'old', 100 FROM generate_series(1, 6) i; ALTER TABLE account ENABLE TRIGGER USER;
            UPDATE account SET balance = balance + 5.50 WHERE id <= 3;
            UPDATE account SET balance = balance - 1, visits = visits + 1 WHERE id = 1;
            UPDATE account SET name = 'no matter' WHERE id = 4;
            INSERT INTO account VALUES (7, 'new', 7, 7), (8, 'new', NULL, 0);
            UPDATE account SET balance = NULL WHERE id = 2;
            DELETE FROM account WHERE id IN (3, 5);
            INSERT INTO account VALUES (3, 'again', 33, 3);
            UPDATE account SET id = 60 WHERE id = 6;
            """);
        Assert.Equal(["1=104.5", "2=0", "3=33", "5=100 gone", "6=100 gone", "7=7", "8=0", "60=100"], await ReadAsync(nodes, Sums(1, "balance")));
        Assert.Equal(["1=1", "3=3", "60=0"], await ReadAsync(nodes, Sums(1, "visits").Replace("ORDER BY", "WHERE k1 IN (1, 3, 60) ORDER BY")));
        // What was there before is told apart from what was added here, and a row that came back from what it was.
        Assert.Equal(["""{"0": 100, "1": 4.50}"""], await ReadAsync(nodes, "SELECT replace((state->'c'->'balance')::text, '1.' || (state->>'l'), '1') FROM bucardo_node.merge_1 WHERE k1 = 1"));
        Assert.Equal(["""{"0": 100, "1": -67.00}"""], await ReadAsync(nodes, "SELECT replace((state->'c'->'balance')::text, '1.' || (state->>'l'), '1') FROM bucardo_node.merge_1 WHERE k1 = 3"));
    }

    [Fact]
    public async Task A_columns_last_change_is_kept_and_an_insert_counts_for_all_columns()
    {
        await using var nodes = await StartAsync("account(id) merge counters balance");
        const string stamps = "SELECT string_agg(s.key || ':' || (s.value->>1), ' ' ORDER BY s.key) FROM bucardo_node.merge_1, jsonb_each(state->'m') AS s WHERE k1 = 1 AND s.value->>0 = '1.' || (state->>'l')";
        await nodes.ExecuteAsync(0, "INSERT INTO account VALUES (1, 'a', 1)");
        Assert.Equal([":1"], await ReadAsync(nodes, stamps));
        await nodes.ExecuteAsync(0, "UPDATE account SET name = 'b' WHERE id = 1; UPDATE account SET balance = 2 WHERE id = 1; UPDATE account SET visits = visits + 1; UPDATE account SET name = name");
        Assert.Equal([":1 name:2 visits:4"], await ReadAsync(nodes, stamps));
        await nodes.ExecuteAsync(0, "DELETE FROM account; INSERT INTO account VALUES (1, 'c', 1)");
        Assert.Equal([":5"], await ReadAsync(nodes, stamps));
        // Its time is that of the change, which is never before one that it was made on.
        await nodes.ExecuteAsync(0, "UPDATE bucardo_node.node SET ahead = '1 hour'; UPDATE account SET name = 'd'");
        Assert.True(await nodes[0].ScalarAsync<bool>("SELECT max(at) > now() + interval '30 minutes' AND (SELECT to_timestamp((state->'m'->'name'->>2)::float8 / 1000000) FROM bucardo_node.merge_1) > now() + interval '30 minutes' FROM bucardo_node.change_1"));
    }

    [Fact]
    public async Task Partitions_moves_between_them_swapped_keys_and_truncation_are_followed()
    {
        await using var nodes = await StartAsync("part(id, region) counters n", "swap(id) counters n");
        await nodes.ExecuteAsync(0, "INSERT INTO part VALUES (1, 'n', 10), (2, 's', 20); UPDATE part SET n = n + 1; UPDATE part SET region = 's' WHERE id = 1");
        Assert.Equal(["1=11", "1=11 gone", "2=21"], (await ReadAsync(nodes, Sums(1, "n"))).Order(StringComparer.Ordinal));
        await nodes.ExecuteAsync(0, "INSERT INTO swap VALUES (1, 10), (2, 20); UPDATE swap SET id = 3 - id");
        Assert.Equal(["1=20", "2=10"], (await ReadAsync(nodes, Sums(2, "n"))).Select(s => s.Replace(" gone", "")));
        await nodes.ExecuteAsync(0, "TRUNCATE swap; INSERT INTO swap VALUES (2, 5)");
        Assert.Equal(["2=5"], await ReadAsync(nodes, Sums(2, "n")));
    }

    [Fact]
    public async Task No_statement_fails_because_a_column_was_dropped_renamed_or_given_another_type()
    {
        const string hostile = "it's $bucardo$ {merge} \"x\"";
        var quoted = '"' + hostile.Replace("\"", "\"\"") + '"';
        await using var nodes = await Nodes.CreateAsync("ss", $"CREATE TABLE t (id int PRIMARY KEY, name text, other text, {quoted} int, c bigint)", [$"t(id) merge counters c, {hostile}"]);
        await nodes.ExecuteAsync(0, $"INSERT INTO t VALUES (1, 'a', 'b', 1, 2); UPDATE t SET {quoted} = 5");
        Assert.Equal(["1=5"], await ReadAsync(nodes, Sums(1, hostile)));
        await nodes.ExecuteAsync(0, $"ALTER TABLE t DROP name; ALTER TABLE t RENAME other TO another; ALTER TABLE t RENAME {quoted} TO tame; ALTER TABLE t ALTER c TYPE text");
        await nodes.ExecuteAsync(0, "UPDATE t SET another = 'c', tame = 7, c = 'no number'; INSERT INTO t VALUES (2, 'x', 1, 'y'); DELETE FROM t");
        Assert.Empty(await nodes.RowsAsync(0, "t"));
    }

    [Fact]
    public async Task Merging_is_switched_on_and_off_with_what_it_needs_and_costs_other_tables_nothing()
    {
        await using var nodes = await StartAsync("account(id)");
        Assert.Contains("bucardo_capture_update", await ReadAsync(nodes, "SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'account'::regclass"));
        await nodes.ChangeTableAsync(t => t with { Counters = ["balance"] });
        Assert.Empty(await nodes.EnsureAsync(0));
        Assert.Equal(["bucardo_capture_row", "bucardo_capture_truncate"], await ReadAsync(nodes, "SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'account'::regclass ORDER BY 1"));
        await nodes.ExecuteAsync(0, "INSERT INTO account VALUES (1, 'x', 5)");
        Assert.Equal(["1=5"], await ReadAsync(nodes, Sums(1, "balance")));
        await nodes.ExecuteAsync(0, "DROP TABLE bucardo_node.merge_1");
        Assert.Equal(["merge table of public.account"], await nodes.EnsureAsync(0));
        await nodes.ExecuteAsync(0, "ALTER TABLE account ALTER id TYPE bigint; UPDATE account SET balance = 6");
        Assert.Contains("key types of public.account", await nodes.EnsureAsync(0));
        Assert.Equal("bigint", await nodes[0].ScalarAsync<string>("SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'bucardo_node.merge_1'::regclass AND attname = 'k1'"));

        await nodes.ChangeTableAsync(t => t with { Counters = [] });
        Assert.Equal("", await nodes[0].ScalarAsync<string>("SELECT coalesce(to_regclass('bucardo_node.merge_1')::text, '')"));
        Assert.Contains("bucardo_capture_update", await ReadAsync(nodes, "SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'account'::regclass"));
        await nodes.ChangeTableAsync(t => t with { MergeColumns = true });
        await nodes.RemoveAsync(0);
        Assert.Equal("", await nodes[0].ScalarAsync<string>("SELECT coalesce(to_regnamespace('bucardo_node')::text, '')"));
        await nodes.ExecuteAsync(0, "UPDATE account SET balance = 7");
    }
}
