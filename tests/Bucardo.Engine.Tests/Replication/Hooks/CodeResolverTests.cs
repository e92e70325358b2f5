using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Hooks;
using Bucardo.Engine.Tests.Support;

namespace Bucardo.Engine.Tests.Replication.Hooks;

/// <summary>When code that fails is asked again. No database.</summary>
public sealed class CodeResolverTests
{
    readonly SetTime _time = new();
    readonly ScriptedHost _host = new(_ => new HookAnswer("A"));
    readonly CodeResolver _resolver;

    public CodeResolverTests()
    {
        Member Member(int id, string name) => new() { Id = id, Name = name, Role = DatabaseRole.Source, Priority = 0, Status = DatabaseStatus.Active, Connection = new ConnectionSettings() };
        var definition = new SyncDefinition
        {
            Sync = new Sync { Id = 1, Name = "s", Herd = "h", DatabaseGroup = "g", ConflictStrategy = "bucardo_custom(decide)" },
            Members = [Member(1, "A"), Member(2, "B")],
            Tables = [new Table { Id = 7, Database = "A", Schema = "public", Name = "t", KeyColumns = ["id"] }],
        };
        _resolver = new CodeResolver(definition, ScriptedHost.Code, _host, new SyncSessionOptions { Time = _time });
    }

    static ConflictCase Case(string key) => new(7, "public.t", key, [Version(2, key), Version(1, key)]);

    static Contender Version(int node, string key) =>
        new(new RowVersion(node, 100, new DateTime(2026, 1, 1, 0, 0, node, DateTimeKind.Utc)), node, new Dictionary<string, string?> { ["id"] = key, ["v"] = $"n{node}" });

    Task<IReadOnlyList<Resolution>> AskAsync(params string[] keys) => _resolver.ResolveAsync([.. keys.Select(Case)], default);

    [Fact]
    public async Task It_is_asked_again_after_a_while_that_doubles_up_to_a_minute()
    {
        _host.Answer = _ => throw new HookFailedException("it failed");
        var waits = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            Assert.NotNull((await AskAsync("1"))[0].Undecided);
            Assert.NotNull((await AskAsync("1"))[0].Undecided);
            Assert.Equal(i + 1, _host.Asked.Count);
            waits.Add((_resolver.NextOf(7, "1") - _time.Now).TotalSeconds);
            _time.Now = _resolver.NextOf(7, "1");
        }
        double[] expected = [1, 2, 4, 8, 16, 32, 60, 60, 60];
        Assert.Equal(expected, waits);
        _host.Answer = _ => new HookAnswer("A");
        Assert.Null((await AskAsync("1"))[0].Undecided);
        Assert.Equal(_time.Now, _resolver.NextOf(7, "1"));
    }

    [Fact]
    public async Task What_it_fails_at_keeps_it_from_nothing_else()
    {
        _host.Answer = q => q.Key["id"] == "2" ? throw new HookFailedException("it failed") : new HookAnswer("A");
        Assert.Equal([true, false, true], (await AskAsync("1", "2", "3")).Select(r => r.Undecided is null));
        Assert.Equal(3, _host.Asked.Count);
    }

    [Fact]
    public async Task When_it_does_not_answer_it_is_not_asked_about_the_next_one_too()
    {
        _host.Answer = _ => throw new HookFailedException("it did not answer", isItsOwn: false);
        Assert.All(await AskAsync("1", "2", "3"), r => Assert.Contains("it did not answer", r.Undecided));
        Assert.Single(_host.Asked);
        // The one that it could not answer may be the only such one.
        _host.Answer = q => q.Key["id"] == "1" ? throw new HookFailedException("it did not answer", isItsOwn: false) : new HookAnswer("A");
        _time.Now = _resolver.NextOf(7, "1");
        await AskAsync("1");
        _time.Now += TimeSpan.FromSeconds(2);
        Assert.Equal([null, null], (await AskAsync("2", "3")).Select(r => r.Undecided));
    }

    [Fact]
    public async Task Who_is_in_a_hurry_does_not_wait()
    {
        _host.Answer = _ => throw new HookFailedException("it failed");
        await AskAsync("1");
        _host.Answer = _ => new HookAnswer("A");
        _resolver.Hurry();
        Assert.Null((await AskAsync("1"))[0].Undecided);
    }

    [Fact]
    public async Task A_step_is_not_held_up_for_long_by_code_that_takes_its_time()
    {
        _host.Answer = _ =>
        {
            _time.Now += TimeSpan.FromSeconds(4);
            return new HookAnswer("A");
        };
        Assert.Equal([true, true, true, false, false], (await AskAsync("1", "2", "3", "4", "5")).Select(r => r.Undecided is null));
        Assert.Equal([true, true], (await AskAsync("4", "5")).Select(r => r.Undecided is null));
    }

    [Fact]
    public async Task A_row_that_the_table_refuses_counts_as_a_failure()
    {
        Assert.Contains("the table refuses the row that it made: value too long", _resolver.Refuse(7, "1", "A", "value too long"));
        Assert.NotNull((await AskAsync("1"))[0].Undecided);
        Assert.Empty(_host.Asked);
    }

    [Fact]
    public async Task Columns_that_the_row_leaves_out_are_the_winners()
    {
        _host.Answer = _ => new HookAnswer("A", new Dictionary<string, string?> { ["v"] = "both" });
        var resolution = (await AskAsync("1"))[0];
        Assert.Equal((1, "both", "1"), (resolution.Winner, resolution.Row!["v"], resolution.Row["id"]));
        _host.Answer = _ => new HookAnswer(null, new Dictionary<string, string?> { ["v"] = "n2" });
        // What is as it was on the preferred one is no new row.
        Assert.Equal(new Resolution(0), (await AskAsync("1"))[0]);
    }
}
