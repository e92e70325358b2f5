using Bucardo.Engine.Copying;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Copying;

/// <summary>A table that is copied is what it was on the source in one snapshot, and the rounds go on from there: nothing is lost, nothing comes twice, whatever breaks in between.</summary>
public sealed class CopyTests
{
    const string Schema = "CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE more (a int, b text, n numeric, PRIMARY KEY (b, a))";

    static readonly string[] s_tables = ["plain(id)", "more(b, a)"];

    const string Fill = "INSERT INTO plain SELECT i, 'row ' || i FROM generate_series(1, 3000) i; INSERT INTO more SELECT i, 'b', i FROM generate_series(1, 1000) i";

    // As it is before a first copy: the rows were there before the triggers.
    static async Task<Nodes> StartAsync(string roles, string fill = Fill, string schema = Schema, string[]? tables = null, string? role = null)
    {
        var nodes = await Nodes.CreateAsync(roles, schema, tables ?? s_tables, role: role);
        await FillAsync(nodes, 0, fill);
        return nodes;
    }

    static Task FillAsync(Nodes nodes, int node, string fill) => nodes.ExecuteAsync(node, $"SET session_replication_role = replica; {fill}; RESET session_replication_role");

    static async Task AssertAllEqualAsync(Nodes nodes, int plain = 3000, int more = 1000)
    {
        Assert.Equal(plain, (await nodes.AssertEqualAsync("plain")).Count);
        Assert.Equal(more, (await nodes.AssertEqualAsync("more")).Count);
    }

    [Fact]
    public async Task An_empty_target_becomes_a_copy_and_follows_from_there()
    {
        await using var nodes = await StartAsync("st");
        var copies = await nodes.CopyAsync(0, 1);
        Assert.Equal([("public.plain", 3000L, CopyOutcome.Copied), ("public.more", 1000L, CopyOutcome.Copied)], copies.Select(c => (c.Table, c.Rows, c.Outcome)));
        Assert.All(copies, c => Assert.True(c.Bytes > 0 && c.Duration > TimeSpan.Zero, $"{c.Bytes} bytes in {c.Duration}"));
        await AssertAllEqualAsync(nodes);
        await nodes.ExecuteAsync(0, "UPDATE plain SET name = 'later' WHERE id = 7; DELETE FROM more WHERE a = 9");
        await nodes.SettleAsync();
        await AssertAllEqualAsync(nodes, more: 999);
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.held"));
    }

    [Fact]
    public async Task What_is_committed_on_the_source_during_the_copy_comes_with_the_next_round()
    {
        await using var nodes = await StartAsync("st");
        var faults = new Faults();
        // After the snapshot of the first table, before that of the second.
        faults.Once("after-copy-rows", "n2", () => Task.Run(() => nodes.ExecuteAsync(0, "UPDATE plain SET name = 'meanwhile' WHERE id < 100; INSERT INTO more VALUES (5000, 'new', 1); DELETE FROM plain WHERE id = 2500")).GetAwaiter().GetResult());
        await nodes.CopyAsync(0, 1, new CopyOptions { Faults = faults, Parallel = 1 });
        await nodes.SettleAsync();
        await AssertAllEqualAsync(nodes, 2999, 1001);
    }

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sss")]
    public async Task Rows_that_the_target_had_are_replaced(string roles)
    {
        await using var nodes = await StartAsync(roles);
        for (var i = 1; i < nodes.Count; i++)
            await FillAsync(nodes, i, "INSERT INTO plain SELECT i, 'old' FROM generate_series(2000, 4000) i; INSERT INTO more VALUES (1, 'b', 77)");
        await nodes.SettleAsync();
        for (var i = 1; i < nodes.Count; i++)
            Assert.All(await nodes.CopyAsync(0, i, new CopyOptions { Truncate = i == 2 }), c => Assert.Equal(CopyOutcome.Copied, c.Outcome));
        await nodes.ExecuteAsync(roles.LastIndexOf('s'), "UPDATE more SET n = 5 WHERE a = 1");
        await nodes.SettleAsync();
        await AssertAllEqualAsync(nodes);
    }

    [Fact]
    public async Task A_change_that_the_source_has_not_received_is_not_destroyed()
    {
        await using var nodes = await StartAsync("ss");
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (9000, 'mine')");
        var copies = await nodes.CopyAsync(0, 1);
        Assert.Equal([CopyOutcome.Failed, CopyOutcome.Copied], copies.Select(c => c.Outcome));
        Assert.Contains("Table public.plain on database n2 has changes that n1 has not received", copies[0].Problem);
        await nodes.SettleAsync();
        Assert.All(await nodes.CopyAsync(0, 1), c => Assert.Equal(CopyOutcome.Copied, c.Outcome));
        await nodes.SettleAsync();
        await AssertAllEqualAsync(nodes, 3001);
    }

    [Fact]
    public async Task A_copy_that_broke_off_goes_on_where_it_was()
    {
        await using var nodes = await StartAsync("st");
        var faults = new Faults();
        faults.Once("after-copy-commit", "n2", () => faults.On = (point, _) => { if (point == "before-copy-rows") throw new IOException("broken on purpose"); });
        var broken = await nodes.CopyAsync(0, 1, new CopyOptions { Faults = faults, Parallel = 1 });
        Assert.Equal([CopyOutcome.Copied, CopyOutcome.Failed], broken.Select(c => c.Outcome));
        var again = await nodes.CopyAsync(0, 1, new CopyOptions { OnlyIfEmpty = true });
        Assert.Equal([CopyOutcome.NotEmpty, CopyOutcome.Copied], again.Select(c => c.Outcome));
        await nodes.SettleAsync();
        await AssertAllEqualAsync(nodes);
    }

    [Theory]
    [InlineData("st", new[] { "begin", "empty", "rows", "record", "commit" })]
    [InlineData("sss", new[] { "begin", "empty", "rows", "log", "record", "commit" })]
    public async Task A_table_is_copied_as_a_whole_or_not_at_all(string roles, string[] effects)
    {
        await using var nodes = await StartAsync(roles);
        if (nodes.Count > 2) await nodes.CopyAsync(0, 2);
        foreach (var point in effects.SelectMany(e => new[] { $"before-copy-{e}", $"after-copy-{e}" }))
        {
            await FillAsync(nodes, 1, "DELETE FROM plain; DELETE FROM more; INSERT INTO plain SELECT i, 'old' FROM generate_series(1, 10) i; INSERT INTO more SELECT i, 'old', 1 FROM generate_series(1, 10) i");
            var faults = new Faults();
            // The server ends the sessions there: what it holds of the transaction is gone.
            faults.Once(point, "n2", () => Task.Run(() => nodes.ExecuteAsync(1, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bucardo copy' AND datname = current_database()")).GetAwaiter().GetResult());
            var copies = await nodes.CopyAsync(0, 1, new CopyOptions { Faults = faults, Parallel = 1 });
            Assert.Contains(faults.Reached, r => r.Point == point);
            Assert.Equal(["public.plain", "public.more"], copies.Select(c => c.Table));
            foreach (var (copy, table) in copies.Zip(["plain", "more"]))
                Assert.Equal(copy.Outcome == CopyOutcome.Copied ? (table == "plain" ? 3000 : 1000) : 10, (await nodes.RowsAsync(1, table)).Count);
            Assert.All(copies.Where(c => c.Outcome == CopyOutcome.Failed), c => Assert.Contains("n2", c.Problem));
            Assert.All(await nodes.CopyAsync(0, 1), c => Assert.Equal(CopyOutcome.Copied, c.Outcome));
            await nodes.SettleAsync();
            await AssertAllEqualAsync(nodes);
        }
    }

    [Fact]
    public async Task Rounds_leave_the_target_out_and_go_on_among_the_others()
    {
        await using var nodes = await StartAsync("stt");
        RoundResult? round = null;
        var faults = new Faults();
        faults.Once("before-copy-commit", "n3", () =>
        {
            Task.Run(() => nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (9000, 'meanwhile')")).GetAwaiter().GetResult();
            round = Task.Run(() => nodes.RoundAsync()).GetAwaiter().GetResult();
        });
        await nodes.CopyAsync(0, 2, new CopyOptions { Faults = faults });
        var problem = Assert.Single(round!.Problems);
        Assert.Equal("n3", problem.Database);
        Assert.Contains("Tables are being copied to database n3", problem.Message);
        Assert.Contains("(9000,meanwhile)", await nodes.RowsAsync(1, "plain"));
        await nodes.SettleAsync();
        Assert.Contains("(9000,meanwhile)", await nodes.RowsAsync(2, "plain"));
    }

    [Fact]
    public async Task Only_one_copy_at_a_time_is_made_to_a_database()
    {
        await using var nodes = await StartAsync("st");
        var faults = new Faults();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        faults.Once("before-copy-rows", "n2", () => Assert.ThrowsAny<OperationCanceledException>(() => Task.Run(() => nodes.CopyAsync(0, 1, null, limit.Token)).GetAwaiter().GetResult()));
        Assert.All(await nodes.CopyAsync(0, 1, new CopyOptions { Faults = faults }), c => Assert.Equal(CopyOutcome.Copied, c.Outcome));
    }

    [Fact]
    public async Task A_third_node_gets_from_the_copy_what_the_source_can_no_longer_deliver()
    {
        // n4 is away while n1 and n2 write; n3 becomes a copy of n1, which then is lost with n2.
        await using var nodes = await StartAsync("ssss", "SELECT", tables: ["plain(id)"]);
        await nodes.ExecuteAsync(0, "INSERT INTO plain SELECT i, 'first' FROM generate_series(1, 50) i");
        await nodes.SettleAsync();
        await nodes.OnlineAsync(0, 1);
        await nodes.ExecuteAsync(0, "TRUNCATE plain; INSERT INTO plain SELECT i, 'second' FROM generate_series(1, 20) i");
        await nodes.SettleAsync();
        await nodes.ExecuteAsync(1, "UPDATE plain SET name = 'third' WHERE id <= 5; DELETE FROM plain WHERE id = 20");
        await nodes.SettleAsync();
        Assert.All(await nodes.CopyAsync(0, 2), c => Assert.Equal(CopyOutcome.Copied, c.Outcome));
        await nodes.OnlineAsync(2, 3);
        await nodes.SettleAsync();
        var rows = await nodes.RowsAsync(3, "plain");
        Assert.Equal(19, rows.Count);
        Assert.Equal(5, rows.Count(r => r.EndsWith("third)", StringComparison.Ordinal)));
        await nodes.ExecuteAsync(3, "UPDATE plain SET name = 'fourth' WHERE id = 1");
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.Contains("(1,fourth)", await nodes.AssertEqualAsync("plain"));
        foreach (var node in Enumerable.Range(0, 4)) Assert.Equal(0, await nodes[node].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict"));
    }

    [Fact]
    public async Task Where_foreign_keys_are_enforced_tables_are_copied_together()
    {
        const string Family = """
            CREATE TABLE child (id int PRIMARY KEY, parent int, older int REFERENCES child);
            CREATE TABLE parent (id int PRIMARY KEY, name text);
            ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE;
            CREATE TABLE stranger (id int PRIMARY KEY, parent int REFERENCES parent);
            """;
        await using var nodes = await StartAsync("st", "INSERT INTO parent SELECT i, 'p' FROM generate_series(1, 20) i; INSERT INTO child SELECT i, 1 + i % 20, nullif(i - 1, 0) FROM generate_series(1, 200) i",
            Family, ["child(id)", "parent(id)"], OrdinaryRole.Name);
        await nodes.ExecuteAsync(1, "INSERT INTO parent VALUES (5, 'old'), (99, 'gone'); INSERT INTO child VALUES (1, 99), (500, 99)");
        Assert.All(await nodes.CopyAsync(0, 1), c => Assert.Equal(CopyOutcome.Failed, c.Outcome));
        await nodes.ExecuteAsync(1, "DROP TABLE stranger");
        Assert.All(await nodes.CopyAsync(0, 1), c => Assert.Equal((CopyOutcome.Copied, null), (c.Outcome, c.Problem)));
        await nodes.ExecuteAsync(0, "UPDATE parent SET name = 'q' WHERE id = 3; INSERT INTO parent VALUES (21, 'p')");
        await nodes.SettleAsync();
        Assert.Equal(21, (await nodes.AssertEqualAsync("parent")).Count);
        await nodes.AssertEqualAsync("child");
    }

    [Fact]
    public async Task Counters_go_on_adding_up()
    {
        await using var nodes = await Nodes.CreateAsync("sss", "CREATE TABLE stock (id int PRIMARY KEY, n int NOT NULL)", ["stock(id) counters n"]);
        await nodes.ExecuteAsync(0, "INSERT INTO stock SELECT i, 100 FROM generate_series(1, 10) i");
        await nodes.SettleAsync();
        await nodes.OnlineAsync(0, 1);
        await nodes.ExecuteAsync(0, "UPDATE stock SET n = n + 1");
        await nodes.ExecuteAsync(1, "UPDATE stock SET n = n + 10");
        await nodes.SettleAsync();
        Assert.All(await nodes.CopyAsync(1, 2), c => Assert.Equal(CopyOutcome.Copied, c.Outcome));
        await nodes.ExecuteAsync(2, "UPDATE stock SET n = n + 1000");
        await nodes.ExecuteAsync(0, "UPDATE stock SET n = n + 100");
        await nodes.AllOnlineAsync();
        await nodes.SettleAsync();
        Assert.All(await nodes.AssertEqualAsync("stock"), r => Assert.EndsWith(",1211)", r));
    }

    [Fact]
    public async Task Tables_of_every_form_are_copied()
    {
        const string Forms = """
            CREATE TABLE parts (id int, day date, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
            CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
            CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
            CREATE TABLE identity (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, "odd ""name" text);
            """;
        await using var nodes = await Nodes.CreateAsync("st", "", ["parts(id, day)", "identity(id)", "types(id)"], schemaOf: n =>
            $"{Forms} CREATE TABLE types (id int PRIMARY KEY, {(n == 0 ? "n int, t varchar(20)" : "t text, n bigint")}, j jsonb, b bytea)");
        await FillAsync(nodes, 0, """
            INSERT INTO parts SELECT i, date '2020-01-01' + i % 700, 'v' FROM generate_series(1, 500) i;
            INSERT INTO identity ("odd ""name") SELECT E'x\ty\\z\n' || i FROM generate_series(1, 100) i;
            INSERT INTO types SELECT i, i, 'ä€😀' || i, '{"a": 1}', '\x00ff' FROM generate_series(1, 100) i
            """);
        Assert.Equal([500L, 100, 100], (await nodes.CopyAsync(0, 1)).Select(c => c.Rows));
        Assert.Equal(500, (await nodes.AssertEqualAsync("parts")).Count);
        Assert.Equal(100, (await nodes.AssertEqualAsync("identity")).Count);
        Assert.Equal(100, (await nodes.AssertEqualAsync("types", "t.id, t.n, t.t, t.j, t.b")).Count);
    }

    [Fact]
    public async Task A_table_that_another_sync_reads_on_the_target_is_refused()
    {
        await using var nodes = await StartAsync("ss");
        await nodes.EnsureAsync(1, definition: nodes.Definition with { Sync = nodes.Definition.Sync with { Id = 2, Name = "onward" }, Tables = [nodes.Definition.Tables[0]] });
        var copies = await nodes.CopyAsync(0, 1);
        Assert.Contains("replicated by another sync as well", copies[0].Problem);
        Assert.Equal(CopyOutcome.Copied, copies[1].Outcome);
    }
}
