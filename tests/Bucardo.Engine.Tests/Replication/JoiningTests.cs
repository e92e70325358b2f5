using Bucardo.Engine.Catalog;
using Bucardo.Engine.Copying;
using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>A database joins a sync that has been started. What it holds by then may be anything, and must decide nothing.</summary>
public sealed class JoiningTests
{
    const string Schema = "CREATE TABLE plain (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE more (id int PRIMARY KEY, name text)";
    const string WaitingMessage = "Database n3 has joined sync sync1 and takes part when it has its data: run Copy-BucardoData sync1 n3 (with -IfEmpty, tables that have rows are taken as they are).";

    [Theory]
    [InlineData("sss")]
    [InlineData("sst")]
    public async Task An_old_row_does_not_take_a_unique_value_from_a_new_one(string roles)
    {
        var (nodes, all) = await StartAsync(roles);
        await using var disposing = nodes;
        await nodes.ExecuteAsync(2, "INSERT INTO plain VALUES (9, 'wanted')");
        await nodes.UseDefinitionAsync(all);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'wanted')");
        await AssertWaitsAsync(nodes);
        // Whoever runs the sync next knows it, too.
        await nodes.AllOnlineAsync();
        await AssertWaitsAsync(nodes);
        foreach (var node in new[] { 0, 1 }) Assert.Equal(["(1,wanted)"], await nodes.RowsAsync(node, "plain"));
        Assert.Equal(["(9,wanted)"], await nodes.RowsAsync(2, "plain"));

        await nodes.CopyAsync(0, 2);
        await nodes.ExecuteAsync(1, "INSERT INTO plain VALUES (2, 'later')");
        Assert.Equal(0, (await nodes.SettleAsync()).Conflicts);
        Assert.Equal(["(1,wanted)", "(2,later)"], await nodes.AssertEqualAsync("plain"));
    }

    [Fact]
    public async Task What_it_wrote_before_its_data_came_is_replaced_and_what_it_writes_after_goes_to_all()
    {
        var (nodes, all) = await StartAsync("sss");
        await using var disposing = nodes;
        await nodes.UseDefinitionAsync(all);
        await nodes.ExecuteAsync(2, "INSERT INTO more VALUES (1, 'too early'), (2, 'too early')");
        var tables = nodes.Definition.Tables.ToDictionary(t => t.Name, t => t.Id);
        Assert.Equal(CopyOutcome.Copied, Assert.Single(await nodes.CopyAsync(0, 2, new CopyOptions { Tables = [tables["more"]] })).Outcome);
        await nodes.ExecuteAsync(2, "INSERT INTO more VALUES (3, 'in time')");
        Assert.Equal(CopyOutcome.Failed, Assert.Single(await nodes.CopyAsync(0, 2, new CopyOptions { Tables = [tables["more"]] })).Outcome);
        await nodes.CopyAsync(0, 2, new CopyOptions { Tables = [tables["plain"]] });
        await nodes.SettleAsync();
        Assert.Equal(["(1,first)", "(3,\"in time\")"], await nodes.AssertEqualAsync("more"));
    }

    [Fact]
    public async Task It_waits_until_every_table_has_its_data()
    {
        var (nodes, all) = await StartAsync("sss");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(2, "INSERT INTO more VALUES (7, 'old')");
        await nodes.UseDefinitionAsync(all);
        var tables = nodes.Definition.Tables.ToDictionary(t => t.Name, t => t.Id);
        await nodes.CopyAsync(0, 2, new CopyOptions { Tables = [tables["plain"]] });
        await AssertWaitsAsync(nodes);
        await nodes.CopyAsync(0, 2, new CopyOptions { Tables = [tables["more"]] });
        await nodes.SettleAsync();
        Assert.Equal(["(1,first)"], await nodes.AssertEqualAsync("more"));
    }

    [Fact]
    public async Task Tables_that_have_rows_can_be_taken_as_they_are()
    {
        var (nodes, all) = await StartAsync("sss");
        await using var disposing = nodes;
        await nodes.ExecuteAsync(2, "INSERT INTO plain VALUES (5, 'loaded'); INSERT INTO more VALUES (1, 'first')");
        await nodes.UseDefinitionAsync(all);
        var copies = await nodes.CopyAsync(0, 2, new CopyOptions { OnlyIfEmpty = true });
        Assert.All(copies, c => Assert.Equal(CopyOutcome.NotEmpty, c.Outcome));
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (6, 'new')");
        await nodes.SettleAsync();
        Assert.Equal(["(5,loaded)", "(6,new)"], await nodes.RowsAsync(2, "plain"));
    }

    [Fact]
    public async Task A_table_that_is_added_later_holds_nobody_up()
    {
        var (nodes, all) = await StartAsync("sss");
        await using var disposing = nodes;
        await nodes.UseDefinitionAsync(all);
        await nodes.CopyAsync(0, 2);
        await nodes.SettleAsync();
        for (var i = 0; i < 3; i++) await nodes.ExecuteAsync(i, "CREATE TABLE late (id int PRIMARY KEY)");
        var late = nodes.Definition.Tables[0] with { Id = 77, Name = "late", KeyColumns = ["id"] };
        await nodes.UseDefinitionAsync(nodes.Definition with { Tables = [.. nodes.Definition.Tables, late] });
        await nodes.ExecuteAsync(2, "INSERT INTO late VALUES (1)");
        await nodes.SettleAsync();
        Assert.Equal(["(1)"], await nodes.AssertEqualAsync("late"));
    }

    [Fact]
    public async Task A_target_of_a_single_source_decides_nothing_and_takes_part_at_once()
    {
        var (nodes, all) = await StartAsync("stt");
        await using var disposing = nodes;
        await nodes.UseDefinitionAsync(all);
        await nodes.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'new')");
        await nodes.SettleAsync();
        Assert.Equal(["(1,new)"], await nodes.RowsAsync(2, "plain"));
    }

    // The third database comes when the others have had a round.
    static async Task<(Nodes, SyncDefinition)> StartAsync(string roles)
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, ["plain(id)", "more(id)"]);
        var all = nodes.Definition;
        await nodes.ExecuteAsync(2, "DROP SCHEMA bucardo_node CASCADE");
        await nodes.UseDefinitionAsync(all with { Members = [.. all.Members.Take(2)] });
        await nodes.ExecuteAsync(0, "INSERT INTO more VALUES (1, 'first')");
        await nodes.SettleAsync();
        return (nodes, all);
    }

    static async Task AssertWaitsAsync(Nodes nodes)
    {
        var problem = Assert.Single((await nodes.RoundAsync()).Problems);
        Assert.Equal(("n3", WaitingMessage), (problem.Database, problem.Message));
        await using var look = await SyncLook.OpenAsync(nodes.Definition, TimeSpan.FromSeconds(10), default);
        await look.BeginAsync(default);
        Assert.Equal(WaitingMessage, Assert.Single(look.Problems).Message);
    }
}
