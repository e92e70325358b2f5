using System.Collections.Concurrent;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Sequences are kept ahead on all nodes, and never handed back.</summary>
public sealed class SequenceTests
{
    const string Plain = "CREATE TABLE plain (id int PRIMARY KEY, name text);";

    [Theory]
    [InlineData("st")]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task What_a_source_has_drawn_is_drawn_nowhere_else(string roles)
    {
        await using var nodes = await CreateAsync(roles, "CREATE SEQUENCE s");
        await nodes.ExecuteAsync(0, "SELECT nextval('s') FROM generate_series(1, 40)");
        var result = await nodes.RoundAsync();
        Assert.Equal((roles.Length - 1, 0), (result.Sequences, result.Paused.Count));
        Assert.Equal(0, (await nodes.RoundAsync()).Sequences);
        for (var i = 0; i < roles.Length; i++) Assert.Equal(41, await NextAsync(nodes, i));
    }

    [Fact]
    public async Task A_node_that_is_further_stays_where_it_is_and_a_target_drives_nobody_on()
    {
        await using var nodes = await CreateAsync("stt", "CREATE SEQUENCE s");
        await nodes.ExecuteAsync(0, "SELECT setval('s', 10)");
        await nodes.ExecuteAsync(1, "SELECT setval('s', 100)");
        Assert.Equal(1, (await nodes.RoundAsync()).Sequences);
        Assert.Equal((11, 101, 11), (await NextAsync(nodes, 0), await NextAsync(nodes, 1), await NextAsync(nodes, 2)));
    }

    [Fact]
    public async Task Nothing_moves_while_no_source_has_drawn()
    {
        await using var nodes = await CreateAsync("ss", "CREATE SEQUENCE s START 7");
        Assert.Equal(0, (await nodes.RoundAsync()).Sequences);
        Assert.Equal(7, await NextAsync(nodes, 1));
    }

    [Theory]
    [InlineData("INCREMENT -1", -40, -41)]
    [InlineData("AS smallint INCREMENT -3 START -5", -122, -125)]
    [InlineData("AS int INCREMENT 5 MINVALUE -1000 START -1000", -805, -800)]
    public async Task Sequences_count_as_they_are_declared(string options, long last, long next)
    {
        await using var nodes = await CreateAsync("ss", $"CREATE SEQUENCE s {options}");
        await nodes.ExecuteAsync(0, "SELECT nextval('s') FROM generate_series(1, 40)");
        await nodes.RoundAsync();
        Assert.Equal(last, await nodes[1].ScalarAsync<long>("SELECT last_value FROM s"));
        Assert.Equal(next, await NextAsync(nodes, 1));
    }

    [Theory]
    [InlineData("CREATE SEQUENCE s INCREMENT 3 START 1", "CREATE SEQUENCE s INCREMENT 3 START 2")]
    [InlineData("CREATE SEQUENCE s CACHE 50", "CREATE SEQUENCE s CACHE 50")]
    [InlineData("CREATE SEQUENCE s INCREMENT 2 START 1 CACHE 20", "CREATE SEQUENCE s INCREMENT 2 START 2 CACHE 30")]
    [InlineData("CREATE SEQUENCE s INCREMENT -2 START -1 CACHE 20", "CREATE SEQUENCE s INCREMENT -2 START -2 CACHE 7")]
    public async Task Masters_that_take_turns_or_keep_values_in_stock_do_not_drive_each_other_on(string first, string second)
    {
        await using var nodes = await CreateAsync("ss", "", i => i == 0 ? first : second);
        await nodes.ExecuteAsync(0, "SELECT nextval('s') FROM generate_series(1, 500)");
        await nodes.RoundAsync();
        var rest = await LastAsync(nodes);
        for (var i = 0; i < 5; i++) await nodes.RoundAsync();
        Assert.Equal(rest, await LastAsync(nodes));
        var increment = await nodes[1].ScalarAsync<long>("SELECT seqincrement FROM pg_sequence WHERE seqrelid = 's'::regclass");
        var used = await nodes[0].ScalarAsync<long>("SELECT last_value FROM s");
        var next = await NextAsync(nodes, 1);
        Assert.True(increment > 0 ? next > used : next < used, $"{next} after {used}");
        // Each keeps its own row of values.
        Assert.Equal(0, (next - await nodes[1].ScalarAsync<long>("SELECT seqstart FROM pg_sequence WHERE seqrelid = 's'::regclass")) % increment);
    }

    [Theory]
    [InlineData("", 5_000_000_000, 5_000_000_001)]
    [InlineData("INCREMENT -1", -5_000_000_000, -5_000_000_001)]
    [InlineData("CACHE 10", 5_000_000_000, 5_000_000_001)]
    [InlineData("", long.MaxValue - 1, long.MaxValue)]
    public async Task Who_is_far_behind_is_there_at_once(string options, long last, long next)
    {
        await using var nodes = await CreateAsync("st", $"CREATE SEQUENCE s {options}");
        await nodes.ExecuteAsync(0, $"SELECT setval('s', {last})");
        Assert.Equal(1, (await nodes.RoundAsync()).Sequences);
        Assert.Equal(next, await NextAsync(nodes, 1));
    }

    [Theory]
    [InlineData("", 30_000)]
    [InlineData("CACHE 25", 30_000)]
    [InlineData("", 20_000_000)]
    public async Task No_value_is_handed_out_twice_while_a_busy_master_is_moved(string options, int ahead)
    {
        await using var nodes = await CreateAsync("ss", $"CREATE SEQUENCE s {options}");
        var drawn = new ConcurrentBag<long>();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                foreach (var row in await nodes[1].QueryAsync("SELECT nextval('s') FROM generate_series(1, 20)")) drawn.Add((long)row[0]!);
        })).ToList();
        try
        {
            for (var round = 1; round <= 3; round++)
            {
                await nodes.ExecuteAsync(0, $"SELECT setval('s', {(long)round * ahead})");
                Assert.Empty((await nodes.RoundAsync()).Problems);
                Assert.True(await nodes[1].ScalarAsync<long>("SELECT last_value FROM s") >= (long)round * ahead);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(clients);
        }
        Assert.NotEmpty(drawn);
        Assert.Equal(drawn.Count, drawn.Distinct().Count());
    }

    [Fact]
    public async Task A_node_that_has_overtaken_meanwhile_is_not_set_back()
    {
        var faults = new Faults();
        await using var nodes = await CreateAsync("st", "CREATE SEQUENCE s", options: new SyncSessionOptions { Faults = faults });
        await nodes.ExecuteAsync(0, "SELECT setval('s', 5000000)");
        faults.WriteOnce("sequences-read", nodes, 1, "SELECT setval('s', 9000000)");
        await nodes.RoundAsync();
        Assert.InRange(await NextAsync(nodes, 1), 9000001, 9000002);
    }

    [Fact]
    public async Task A_sequence_that_is_missing_on_a_node_is_left_out_there_and_goes_on_when_it_is_made()
    {
        await using var nodes = await CreateAsync("stt", "", i => i == 1 ? "" : "CREATE SEQUENCE s");
        await nodes.ExecuteAsync(0, "SELECT setval('s', 10); INSERT INTO plain VALUES (1, 'x')");
        var result = await nodes.RoundAsync();
        var paused = Assert.Single(result.Paused);
        Assert.Equal("public.s", paused.Table);
        Assert.Equal(("SequenceMissing", "n2"), (Assert.Single(paused.Problems).Code, paused.Problems[0].Database));
        Assert.Equal((1, 2), (result.Sequences, (int)result.Inserts));
        await nodes.ExecuteAsync(1, "CREATE SEQUENCE s");
        Assert.Empty((await nodes.RoundAsync()).Paused);
        Assert.Equal(11, await NextAsync(nodes, 1));
    }

    [Fact]
    public async Task Missing_rights_are_named_and_granting_them_is_enough()
    {
        await using var nodes = await CreateAsync("ss", "CREATE SEQUENCE s", role: "bucardo_sequences");
        await nodes.ExecuteAsync(0, "SELECT setval('s', 10)");
        var problems = Assert.Single((await nodes.RoundAsync()).Paused).Problems;
        Assert.All(problems, p => Assert.Equal("PrivilegeMissing", p.Code));
        Assert.Equal(["n1", "n2"], problems.Select(p => p.Database));
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, "GRANT SELECT, UPDATE ON SEQUENCE s TO bucardo_sequences");
        Assert.Empty((await nodes.RoundAsync()).Paused);
        Assert.Equal(11, await NextAsync(nodes, 1));
    }

    [Fact]
    public async Task A_sequence_that_somebody_alters_waits_and_the_rows_do_not()
    {
        await using var nodes = await CreateAsync("st", "CREATE SEQUENCE s");
        await nodes.ExecuteAsync(0, "SELECT setval('s', 10); INSERT INTO plain VALUES (1, 'x')");
        await using (var other = await NodeConnection.OpenAsync(nodes.Definition.Members[1].Connection, "n2", "other", default))
        {
            await other.ExecuteAsync("BEGIN; ALTER SEQUENCE public.s MAXVALUE 1000", default);
            var result = await nodes.RoundAsync();
            Assert.Equal(("SequenceNotRead", 1), (Assert.Single(Assert.Single(result.Paused).Problems).Code, (int)result.Inserts));
        }
        Assert.Equal(1, (await nodes.RoundAsync()).Sequences);
    }

    [Fact]
    public async Task A_herd_of_sequences_alone_is_kept_ahead_too()
    {
        await using var nodes = await CreateAsync("ss", "CREATE SEQUENCE s; CREATE SEQUENCE r", names: ["s", "r"], tables: []);
        await nodes.ExecuteAsync(0, "SELECT setval('s', 10)");
        await nodes.ExecuteAsync(1, "SELECT setval('r', 20)");
        Assert.Equal(2, (await nodes.RoundAsync()).Sequences);
        Assert.Equal((11, 21), (await NextAsync(nodes, 1), await nodes[0].ScalarAsync<long>("SELECT nextval('r')")));
    }

    [Fact]
    public async Task A_node_that_is_lost_while_sequences_are_moved_catches_up()
    {
        var faults = new Faults();
        await using var nodes = await CreateAsync("sst", "CREATE SEQUENCE s", options: new SyncSessionOptions { Faults = faults });
        await nodes.ExecuteAsync(0, "SELECT setval('s', 10)");
        faults.WriteOnce("sequences-read", nodes, 1, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('bucardo read sync1', 'bucardo apply sync1')");
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'x')");
        var result = await nodes.RoundAsync();
        Assert.Equal((2, "n2"), ((int)result.Inserts, Assert.Single(result.Problems).Database));
        Assert.Empty((await nodes.RoundAsync()).Problems);
        for (var i = 0; i < 3; i++) Assert.Equal(11, await NextAsync(nodes, i));
    }

    [Fact]
    public async Task Where_there_are_no_sequences_nobody_is_asked()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("ss", Plain, ["plain(id)"], options: new SyncSessionOptions { Faults = faults });
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'x')");
        await nodes.RoundAsync();
        Assert.DoesNotContain(faults.Reached, f => f.Point == "sequences-read");
    }

    static async Task<Nodes> CreateAsync(
        string roles, string schema, Func<int, string>? schemaOf = null, SyncSessionOptions? options = null, string? role = null, string[]? names = null, string[]? tables = null)
    {
        var nodes = await Nodes.CreateAsync(roles, Plain, tables ?? ["plain(id)"], options: options, role: role, schemaOf: i => Plain + (schemaOf?.Invoke(i) ?? schema));
        var sequences = (names ?? ["s"]).Select((n, i) => new Table { Id = 100 + i, Database = "n1", Schema = "public", Name = n, Type = RelationType.Sequence });
        await nodes.UseDefinitionAsync(nodes.Definition with { Tables = [.. nodes.Definition.Tables, .. sequences] });
        return nodes;
    }

    static Task<long> NextAsync(Nodes nodes, int node) => nodes[node].ScalarAsync<long>("SELECT nextval('s')");

    static async Task<IReadOnlyList<long>> LastAsync(Nodes nodes) =>
        [.. await Task.WhenAll(Enumerable.Range(0, nodes.Count).Select(i => nodes[i].ScalarAsync<long>("SELECT last_value FROM s")))];
}
