using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Every version that loses a conflict is kept with its row, on the node that held it, in the transaction that overwrites it.</summary>
public sealed class ConflictHistoryTests
{
    const string Plain = "CREATE TABLE plain (id int PRIMARY KEY, name text, n int DEFAULT 0)";

    static async Task<Nodes> StartAsync(string roles, string strategy = "bucardo_latest", SyncSessionOptions? options = null)
    {
        var nodes = await Nodes.CreateAsync(roles, Plain, ["plain(id)"], strategy, options);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 4) i");
        await nodes.SettleAsync();
        return nodes;
    }

    // key: loser's node and row > winner's node and row
    static async Task<IReadOnlyList<string>> HistoryAsync(Nodes nodes, int node) => [.. (await nodes[node].QueryAsync("""
        SELECT concat(key, ': ', loser_origin, ' ', coalesce(loser_row ->> 'name', loser_row::text, 'gone'), ' > ', winner_origin, ' ', coalesce(winner_row ->> 'name', winner_row::text, 'gone')) COLLATE "C" AS h
        FROM bucardo_node.conflict WHERE sync = 1 AND relation = 1 AND schemaname = 'public' AND tablename = 'plain' AND kind = 'row' AND outcome = 'winner' AND strategy = 'bucardo_latest' ORDER BY h
        """)).Select(r => (string)r[0]!)];

    [Fact]
    public async Task Whoever_is_overwritten_keeps_both_rows_and_the_winner_keeps_none()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'a' WHERE id <= 2");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id = 1; DELETE FROM plain WHERE id = 3");
        await nodes.ExecuteAsync(2, "UPDATE plain SET name = 'c' WHERE id IN (1, 3)");
        var result = await nodes.SettleAsync();
        // One key with two losers is one conflict.
        Assert.Equal(2, result.Conflicts);
        Assert.Equal(["[\"1\"]: 1 a > 3 c"], await HistoryAsync(nodes, 0));
        Assert.Equal(["[\"1\"]: 2 b > 3 c", "[\"3\"]: 2 gone > 3 c"], await HistoryAsync(nodes, 1));
        Assert.Empty(await HistoryAsync(nodes, 2));
        Assert.Equal("{\"id\" : \"1\", \"name\" : \"a\", \"n\" : \"0\"}", await nodes[0].ScalarAsync<string>("SELECT loser_row::text FROM bucardo_node.conflict"));
        Assert.True(await nodes[0].ScalarAsync<bool>("SELECT loser_at < winner_at AND winner_at < decided FROM bucardo_node.conflict"));
    }

    [Fact]
    public async Task Deletions_are_versions_too_but_two_of_them_lose_nothing()
    {
        await using var nodes = await StartAsync("ss");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'a' WHERE id = 1; DELETE FROM plain WHERE id IN (2, 3)");
        await nodes.ExecuteAsync(1, "DELETE FROM plain WHERE id IN (1, 3); INSERT INTO plain VALUES (2, 'b') ON CONFLICT (id) DO UPDATE SET name = 'b'");
        Assert.Equal(2, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["[\"1\"]: 1 a > 2 gone", "[\"2\"]: 1 gone > 2 b"], await HistoryAsync(nodes, 0));
        Assert.Empty(await HistoryAsync(nodes, 1));
    }

    [Fact]
    public async Task A_TRUNCATE_is_a_version_of_every_row()
    {
        await using var nodes = await StartAsync("sss");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id = 1; UPDATE plain SET name = 'c' WHERE id = 2");
        await nodes.ExecuteAsync(0, "TRUNCATE plain");
        await nodes.ExecuteAsync(2, "UPDATE plain SET name = 'd' WHERE id = 2");
        await nodes.SettleAsync();
        Assert.Equal(["(2,d,0)"], await nodes.AssertEqualAsync("plain"));
        Assert.Equal(["[\"2\"]: 1 gone > 3 d"], await HistoryAsync(nodes, 0));
        Assert.Equal(["[\"1\"]: 2 b > 1 gone", "[\"2\"]: 2 c > 3 d"], await HistoryAsync(nodes, 1));
    }

    [Fact]
    public async Task Rows_that_travel_by_COPY_are_kept_alike_whatever_their_names_keys_and_types()
    {
        await using var nodes = await Nodes.CreateAsync("ss", """
            CREATE TABLE "Odd ""'{rows}%" ("A key" numeric, "b'c" text COLLATE "C", "{table}" xml, d timestamptz, e float8, bytes bytea, g int GENERATED ALWAYS AS (1) STORED, PRIMARY KEY ("A key", "b'c"))
            """, ["Odd \"'{rows}%(A key, b'c)"]);
        const string Insert = "INSERT INTO \"Odd \"\"'{rows}%\" SELECT i + 0.10, 'ö''\"', xml('<a>' || i || '</a>'), '2026-01-02 03:04:05.678901+00', 0.1::float8 + 0.2, '\\x00ff' FROM generate_series(1, 900) i";
        await nodes.ExecuteAsync(0, Insert);
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(0, "UPDATE \"Odd \"\"'{rows}%\" SET d = NULL WHERE \"A key\" > 300");
        await nodes.ExecuteAsync(1, "UPDATE \"Odd \"\"'{rows}%\" SET e = 7");
        Assert.Equal(601, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(601, await nodes[0].ScalarAsync<long>("SELECT count(DISTINCT key) FROM bucardo_node.conflict"));
        var lost = await nodes[0].QueryAsync("SELECT k, v FROM bucardo_node.conflict, json_each_text(loser_row) AS r(k, v) WHERE key = $$[\"300.1\",\"\\u00F6\\u0027\\u0022\"]$$");
        Assert.Equal(["A key=300.10", "b'c=ö'\"", "{table}=<a>300</a>", "d=", "e=0.30000000000000004", "bytes=\\x00ff"], lost.Select(r => $"{r[0]}={r[1]}"));
    }

    [Fact]
    public async Task A_row_that_is_left_out_has_not_lost_yet()
    {
        var faults = new Faults();
        await using var nodes = await StartAsync("ss", options: new SyncSessionOptions { Faults = faults });
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'a' WHERE id <= 2");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id <= 2");
        faults.WriteOnce("before-apply", nodes, 0, "UPDATE plain SET name = 'later' WHERE id = 1");
        Assert.Equal(1, (await nodes.RoundAsync()).Conflicts);
        Assert.Equal(["[\"2\"]: 1 a > 2 b"], await HistoryAsync(nodes, 0));
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["[\"1\"]: 2 b > 1 later"], await HistoryAsync(nodes, 1));
    }

    [Fact]
    public async Task A_row_that_had_to_go_for_a_unique_value_is_kept_with_the_one_that_has_it()
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE)", ["users(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO users VALUES (1, 'a@x')");
        await nodes.ExecuteAsync(1, "INSERT INTO users VALUES (2, 'a@x')");
        Assert.Equal(1, (await nodes.RoundAsync()).Conflicts);
        await nodes.SettleAsync();
        Assert.Equal(["(2,a@x)"], await nodes.AssertEqualAsync("users"));
        // Both found it out, alike.
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("[\"1\"] unique 1 1=a@x 2 2=a@x", await nodes[i].ScalarAsync<string>("""
                SELECT string_agg(concat_ws(' ', key, kind, loser_origin, (loser_row ->> 'id') || '=' || (loser_row ->> 'email'), winner_origin, (winner_row ->> 'id') || '=' || (winner_row ->> 'email')), ', ')
                FROM bucardo_node.conflict
                """));
        }
    }

    [Fact]
    public async Task What_a_preference_settles_is_kept_by_the_node_that_settles_it()
    {
        await using var nodes = await StartAsync("sss", "bucardo_source");
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'a' WHERE id = 1");
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'b' WHERE id = 1");
        await nodes.ExecuteAsync(2, "DELETE FROM plain WHERE id = 1");
        Assert.Equal(1, (await nodes.SettleAsync()).Conflicts);
        Assert.Contains("(1,a,0)", await nodes.AssertEqualAsync("plain"));
        Assert.Equal("2 b > 1 a bucardo_source, 3  > 1 a bucardo_source", await nodes[0].ScalarAsync<string>(
            "SELECT string_agg(concat(loser_origin, ' ', loser_row ->> 'name', ' > ', winner_origin, ' ', winner_row ->> 'name', ' ', strategy), ', ' ORDER BY loser_origin) FROM bucardo_node.conflict"));
        for (var i = 1; i < 3; i++) Assert.Equal(0, await nodes[i].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict"));
    }
}
