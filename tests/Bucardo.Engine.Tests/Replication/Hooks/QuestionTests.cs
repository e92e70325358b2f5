using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Hooks;

namespace Bucardo.Engine.Tests.Replication.Hooks;

/// <summary>What custom code is asked, and by whom it is not.</summary>
public sealed class QuestionTests
{
    const string Schema = "CREATE TABLE t (a int, b text, v text, PRIMARY KEY (a, b))";

    static async Task<(Nodes Nodes, ScriptedHost Host)> CreateAsync(string roles, Func<ConflictQuestion, HookAnswer> answer)
    {
        var host = new ScriptedHost(answer);
        var nodes = await Nodes.CreateAsync(roles, Schema, ["t(a, b)"], options: new SyncSessionOptions { Scripts = host });
        await nodes.UseCodeAsync(ScriptedHost.Code);
        return (nodes, host);
    }

    [Fact]
    public async Task It_sees_the_sync_the_table_the_key_and_every_version_with_its_row_time_and_database()
    {
        var (nodes, host) = await CreateAsync("ssst", _ => new HookAnswer("n1"));
        await using var closing = nodes;
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'x', 'old')");
        await nodes.SettleAsync();
        Assert.Empty(host.Asked);
        await nodes.ExecuteAsync(0, "UPDATE t SET v = 'n1'");
        await nodes.ExecuteAsync(1, "DELETE FROM t");
        await nodes.ExecuteAsync(2, "UPDATE t SET v = NULL");
        await nodes.SettleAsync();
        var question = Assert.Single(host.Asked);
        Assert.Equal(("sync1", "public.t"), (question.Sync, question.Table));
        Assert.Equal("a=1 b=x", string.Join(' ', question.Key.Select(k => $"{k.Key}={k.Value}")));
        Assert.Equal(["n3", "n2", "n1"], question.Versions.Select(v => v.Database));
        Assert.Equal([false, true, false], question.Versions.Select(v => v.IsDeleted));
        Assert.Null(question.Versions[0].Row!["v"]);
        Assert.Equal("n1", question.Versions[2].Row!["v"]);
        Assert.Equal("1", question.Versions[2].Row!["a"]);
        Assert.True(question.Versions[0].Time > question.Versions[1].Time && question.Versions[1].Time > question.Versions[2].Time);
        Assert.InRange(question.Versions[0].Time, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal("(1,x,n1)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }

    [Fact]
    public async Task Where_the_versions_do_not_differ_there_is_nothing_to_ask()
    {
        var (nodes, host) = await CreateAsync("ss", _ => throw new InvalidOperationException());
        await using var closing = nodes;
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'x', 'old')");
        await nodes.SettleAsync();
        for (var node = 0; node < 2; node++) await nodes.ExecuteAsync(node, "DELETE FROM t; INSERT INTO t VALUES (2, 'y', 'same')");
        await nodes.SettleAsync();
        Assert.Empty(host.Asked);
        Assert.Equal("(2,y,same)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }

    [Fact]
    public async Task A_process_that_runs_no_scripts_says_so_and_another_one_decides()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, ["t(a, b)"]);
        await nodes.UseCodeAsync(ScriptedHost.Code);
        for (var node = 0; node < 2; node++) await nodes.ExecuteAsync(node, $"INSERT INTO t VALUES (1, 'x', 'n{node + 1}')");
        await nodes.RoundAsync();
        Assert.Contains("this service cannot run PowerShell", Assert.Single((await nodes.RoundAsync()).Waiting).Reason);
        Assert.Equal("(1,x,n2)", Assert.Single(await nodes.RowsAsync(1, "t")));
        await using (var other = new SyncSession(nodes.Definition, new SyncSessionOptions { Scripts = new ScriptedHost(_ => new HookAnswer("n1")) })) await other.RunAsync(true, null, default);
        await nodes.SettleAsync();
        Assert.Equal("(1,x,n1)", Assert.Single(await nodes.AssertEqualAsync("t")));
    }

    [Fact]
    public async Task Code_that_must_not_be_run_is_not()
    {
        var host = new ScriptedHost(_ => new HookAnswer("n1"));
        await using var nodes = await Nodes.CreateAsync("ss", Schema, ["t(a, b)"], options: new SyncSessionOptions { Scripts = host });
        await nodes.UseCodeAsync(ScriptedHost.Code with { Problem = "nobody knows who wrote it" });
        for (var node = 0; node < 2; node++) await nodes.ExecuteAsync(node, $"INSERT INTO t VALUES (1, 'x', 'n{node + 1}')");
        Assert.Contains("nobody knows who wrote it", Assert.Single((await nodes.RoundAsync()).Waiting).Reason);
        Assert.Empty(host.Asked);
    }
}
