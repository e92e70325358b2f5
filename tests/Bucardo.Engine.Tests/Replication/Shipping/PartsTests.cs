using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication.Shipping;

/// <summary>A target writes the rows of a large table as they come, and what it has in the end is what it would have if it had waited for all.</summary>
public sealed class PartsTests
{
    const string Schema = "CREATE TABLE plain (id int PRIMARY KEY, name text, v numeric)";
    const string Fill = "INSERT INTO plain SELECT i, 'row ' || i, i FROM generate_series(1, 2000) i";

    [Theory]
    [InlineData("st", "int")]
    [InlineData("stt", "int")]
    // By COPY's text format, for the types differ.
    [InlineData("stt", "bigint")]
    public async Task Whatever_is_in_a_part_arrives(string roles, string keyOfOthers)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync(roles, "", ["plain(id)"], options: Options(faults), schemaOf: n => n == 0 ? Schema : Schema.Replace("int", keyOfOthers, StringComparison.Ordinal));
        await nodes.ExecuteAsync(0, Fill);
        Assert.Equal(2000 * (roles.Length - 1), (await SettleAsync(nodes, faults)).Inserts);
        await nodes.ExecuteAsync(0, "UPDATE plain SET v = v + 1 WHERE id % 3 = 0; DELETE FROM plain WHERE id % 3 = 1; INSERT INTO plain SELECT i, 'more', NULL FROM generate_series(2001, 3000) i");
        var result = await SettleAsync(nodes, faults);
        Assert.Equal((1000 * (roles.Length - 1), 666 * (roles.Length - 1), 667 * (roles.Length - 1)), (result.Inserts, result.Updates, result.Deletes));
        Assert.Equal(2333, (await nodes.AssertEqualAsync("plain")).Count);
    }

    [Fact]
    public async Task Rows_that_all_seem_new_are_copied_into_the_table_itself_and_who_is_there_after_all_is_found()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("st", Schema, ["plain(id)"], options: Options(faults));
        await WatchAsync(nodes);
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (1500, 'stands here', 0)");
        await nodes.ExecuteAsync(0, Fill + "; DELETE FROM plain WHERE id = 700");
        var result = await SettleAsync(nodes, faults);
        Assert.Equal((1998, 1), (result.Inserts, result.Updates));
        Assert.Equal(1999, (await nodes.AssertEqualAsync("plain")).Count);
        var copied = await CopiedAsync(nodes);
        Assert.True(copied.Count > 1000);
        // The first part, and that of the row that stands there: they are staged. (So is that of the row that is gone, wherever in the stream that is.)
        Assert.DoesNotContain(1, copied);
        Assert.DoesNotContain(1500, copied);
    }

    [Fact]
    public async Task A_table_that_takes_no_COPY_gets_its_rows_all_the_same()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("st", Schema, ["plain(id)"], options: Options(faults));
        await WatchAsync(nodes);
        await nodes.ExecuteAsync(1, """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF current_query() LIKE 'COPY "public"%' THEN RAISE feature_not_supported; END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON plain FOR EACH STATEMENT EXECUTE FUNCTION refuse();
            ALTER TABLE plain ENABLE ALWAYS TRIGGER refuse;
            """);
        await nodes.ExecuteAsync(0, Fill);
        Assert.Equal(2000, (await SettleAsync(nodes, faults)).Inserts);
        await nodes.AssertEqualAsync("plain");
        Assert.Empty(await CopiedAsync(nodes));
    }

    [Theory]
    [InlineData("UNIQUE")]
    [InlineData("UNIQUE DEFERRABLE")]
    public async Task Unique_values_that_change_places_between_parts_arrive(string rule)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("stt", $"CREATE TABLE seat (id int PRIMARY KEY, place int {rule}, name text)", ["seat(id)"], options: Options(faults));
        await nodes.ExecuteAsync(0, "INSERT INTO seat SELECT i, i, 'row ' || i FROM generate_series(1, 2000) i");
        await nodes.SettleAsync();
        // The other target has no row that could be in the way.
        await nodes.ExecuteAsync(2, "DELETE FROM seat");
        await nodes.ExecuteAsync(0, "UPDATE seat SET place = -place; UPDATE seat SET place = 2001 + place");
        faults.Clear();
        var result = await nodes.SettleAsync();
        Assert.Equal((2000, 2000, 0, 0), (result.Inserts, result.Updates, result.Deletes, result.Conflicts));
        Assert.Contains("(1,2000,\"row 1\")", await nodes.AssertEqualAsync("seat"));
        Assert.Equal(rule == "UNIQUE", faults.Reached.Contains(("before-part", "n2")));
        Assert.Equal(rule == "UNIQUE" ? 2 : 1, faults.Reached.Count(r => r == ("before-stage", "n2")));
        Assert.Single(faults.Reached, ("before-stage", "n3"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_a_target_gets_rows_by_two_streams_neither_takes_back_what_the_other_brought(bool firstTakesFromSecond)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("stt", "CREATE TABLE seat (id int PRIMARY KEY, place int UNIQUE, name text)", ["seat(id)"], "bucardo_latest_all_tables", Options(faults));
        await nodes.ExecuteAsync(0, "INSERT INTO seat SELECT i, i, 'row ' || i FROM generate_series(1, 2000) i");
        await nodes.SettleAsync();
        var (first, second) = firstTakesFromSecond ? (1, 1001) : (1001, 1);
        // The second target gets the first half for itself, and the other one, which takes the first one's places, together with the first target.
        await nodes.OnlineAsync([0, 1]);
        await nodes.ExecuteAsync(0, $"UPDATE seat SET place = -place WHERE id BETWEEN {first} AND {first + 999}");
        await nodes.SettleAsync();
        await nodes.AllOnlineAsync();
        await nodes.ExecuteAsync(0, $"UPDATE seat SET place = id - {second} + {first} WHERE id BETWEEN {second} AND {second + 999}");
        faults.Clear();
        await nodes.SettleAsync();
        Assert.Equal(2000, (await nodes.AssertEqualAsync("seat")).Count);
        Assert.Equal(2, faults.Reached.Count(r => r == ("before-stage", "n3")));
        Assert.DoesNotContain(faults.Reached, r => r.Point == "before-part");
    }

    [Fact]
    public async Task A_row_larger_than_a_part_arrives_among_small_ones()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("st", Schema, ["plain(id)"], options: Options(faults));
        await nodes.ExecuteAsync(0, Fill + "; UPDATE plain SET name = repeat(name, 2000) WHERE id IN (500, 501, 1500)");
        await SettleAsync(nodes, faults);
        await nodes.AssertEqualAsync("plain");
    }

    [Theory]
    [InlineData("before-part")]
    [InlineData("after-part")]
    public async Task A_target_that_fails_between_two_parts_has_none_of_them_and_holds_nobody_back(string point)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("stt", Schema, ["plain(id)"], options: Options(faults));
        await nodes.ExecuteAsync(0, Fill);
        var parts = 0;
        faults.On = (p, node) =>
        {
            if (p == point && node == "n2" && ++parts == 3) throw new IOException("broken off");
        };
        Assert.Equal("n2", Assert.Single((await nodes.RoundAsync()).Problems).Database);
        faults.On = null;
        Assert.Empty(await nodes.RowsAsync(1, "plain"));
        Assert.Equal(2000, (await nodes.RowsAsync(2, "plain")).Count);
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("plain");
    }

    [Fact]
    public async Task A_target_whose_session_ends_between_two_parts_comes_level_with_the_next_round()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("stt", Schema, ["plain(id)"], options: Options(faults));
        await nodes.ExecuteAsync(0, Fill);
        faults.WriteOnce("after-part", nodes, 1, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bucardo apply%' AND datname = current_database()");
        Assert.Equal("n2", Assert.Single((await nodes.RoundAsync()).Problems).Database);
        await nodes.SettleAsync();
        Assert.Equal(2000, (await nodes.AssertEqualAsync("plain")).Count);
    }

    [Fact]
    public async Task A_round_that_is_cancelled_between_two_parts_leaves_nothing_behind()
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync("stt", Schema, ["plain(id)"], options: Options(faults));
        await nodes.ExecuteAsync(0, Fill);
        using var cancel = new CancellationTokenSource();
        faults.Once("after-part", "n2", cancel.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => nodes.RoundAsync(cancel.Token));
        Assert.Empty(await nodes.RowsAsync(1, "plain"));
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("plain");
    }

    [Theory]
    [InlineData("ss")]
    [InlineData("sst")]
    public async Task Where_rows_are_decided_about_all_are_awaited(string roles)
    {
        var faults = new Faults();
        await using var nodes = await Nodes.CreateAsync(roles, Schema, ["plain(id)"], options: Options(faults));
        await nodes.ExecuteAsync(0, Fill);
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("plain");
        Assert.DoesNotContain(faults.Reached, r => r.Point == "before-part");
    }

    static SyncSessionOptions Options(Faults faults) => new() { Faults = faults, LargestPart = 4000 };

    static async Task<RoundResult> SettleAsync(Nodes nodes, Faults faults)
    {
        faults.Clear();
        var result = await nodes.SettleAsync();
        for (var i = 1; i < nodes.Count; i++) Assert.True(faults.Reached.Count(r => r == ("before-part", $"n{i + 1}")) > 3);
        return result;
    }

    // Notes which rows of the table on the target came by a COPY into the table itself.
    static Task WatchAsync(Nodes nodes) => nodes.ExecuteAsync(1, """
        CREATE TABLE copied (id int);
        CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_query() LIKE 'COPY "public"%' THEN INSERT INTO public.copied VALUES (NEW.id); END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER watch BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION watch();
        ALTER TABLE plain ENABLE ALWAYS TRIGGER watch;
        """);

    static async Task<IReadOnlyList<int>> CopiedAsync(Nodes nodes)
    {
        var copied = new List<int>();
        await using var connection = await nodes[1].OpenAsync();
        await using var command = new NpgsqlCommand("SELECT id FROM copied", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) copied.Add(reader.GetInt32(0));
        return copied;
    }
}
