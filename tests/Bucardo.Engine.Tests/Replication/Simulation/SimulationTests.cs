using Bucardo.Simulation;

namespace Bucardo.Engine.Tests.Replication.Simulation;

/// <summary>Random histories on nodes in memory, played by the same rounds that PostgreSQL nodes go through; and the histories that once failed.</summary>
public sealed class SimulationTests
{
    const int Histories = 2000;

    public static TheoryData<string> Families => [.. Strategies.Families.Keys];

    public static TheoryData<string> Kept => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Histories"), "*.txt").Select(f => Path.GetFileName(f)!)];

    public static TheoryData<string> Broken => [.. Breakages.All.Select(b => b.Name)];

    [Theory]
    [MemberData(nameof(Families))]
    public void All_nodes_converge_and_no_write_is_lost_to_an_older_one(string family)
    {
        var failures = new List<Failure>();
        var failed = Simulate.Many(family, seed: 1, Histories / Strategies.Families.Count, threads: 2, failures);
        Assert.True(failed == 0, $"{failed} failed\n{string.Join('\n', failures)}");
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public void A_history_that_once_failed_does_not_fail_any_more(string file) =>
        Assert.Null(Play.Run(ScriptText.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Histories", file)))));

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_algorithm_is_found(string name)
    {
        var (_, family, seed, breakage) = Breakages.All.First(b => b.Name == name);
        Assert.NotNull(Simulate.FirstFailure(family, seed, histories: 20_000, breakage));
    }

    [Fact]
    public void A_failing_history_is_shrunk_to_one_that_still_fails_and_can_be_replayed_from_its_text()
    {
        var (_, family, from, breakage) = Breakages.All.First(b => b.Name == "what a user changed meanwhile is overwritten");
        var seed = Simulate.FirstFailure(family, from, histories: 20_000, breakage)!.Value;
        var failure = Simulate.Shrunk(family, seed, breakage);
        Assert.InRange(failure.Script.Events.Count, 1, 6);
        Assert.Equal(failure.Problem, Play.Run(ScriptText.Parse(failure.ToString()), breakage));
        Assert.Null(Play.Run(failure.Script));
    }

    [Fact]
    public void What_is_printed_is_read_back_as_it_was()
    {
        foreach (var seed in Enumerable.Range(1, 200))
        {
            var text = ScriptText.Print(ScriptGenerator.Generate(seed, ["bucardo_latest", "n2 n1"]));
            Assert.Equal(text, ScriptText.Print(ScriptText.Parse(text)));
        }
    }
}
