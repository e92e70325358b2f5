using Bucardo.Simulation;

namespace Bucardo.Engine.Tests.Replication.Simulation;

/// <summary>Thousands of random histories on nodes in memory, played by the same round that PostgreSQL nodes go through.</summary>
public sealed class HistoryTests
{
    [Theory]
    [InlineData("bucardo_latest", false, false, false, null)]
    [InlineData("bucardo_latest", false, false, false, "ss")]
    [InlineData("bucardo_latest", false, true, false, null)]
    [InlineData("bucardo_latest", false, true, true, null)]
    [InlineData("bucardo_latest", true, false, false, "ss")]
    [InlineData("bucardo_latest", true, false, false, "st")]
    [InlineData("bucardo_latest", true, false, false, null)]
    [InlineData("bucardo_latest", true, true, true, null)]
    [InlineData("bucardo_source", false, true, false, null)]
    [InlineData("bucardo_source", true, true, true, null)]
    [InlineData("n2 n1", true, true, true, null)]
    [InlineData("bucardo_target", false, true, true, null)]
    [InlineData("bucardo_earliest", true, true, true, null)]
    [InlineData("bucardo_random", true, true, true, null)]
    [InlineData("bucardo_latest(v)", true, true, true, null)]
    [InlineData("bucardo_latest_all_tables", true, true, true, null)]
    public async Task All_nodes_converge_and_no_write_is_lost(string strategy, bool truncates, bool open, bool steps, string? roles)
    {
        var rules = new HistoryRules { Strategy = strategy, Truncates = truncates, OpenTransactions = open, Steps = steps, Roles = roles };
        var count = int.TryParse(Environment.GetEnvironmentVariable("BUCARDO_HISTORIES"), out var asked) ? asked * 100 : 1500;
        (int Seed, string Problem, List<string> Trace)? shortest = null;
        var failed = 0;
        for (var seed = 0; seed < count; seed++)
        {
            var history = new History(seed, rules);
            if (await history.PlayAsync() is not { } problem) continue;
            failed++;
            if (shortest is null || history.Trace.Count < shortest.Value.Trace.Count) shortest = (seed, problem, history.Trace);
        }
        Assert.True(shortest is null, $"{failed} of {count} failed; seed {shortest?.Seed}: {shortest?.Problem}\n{string.Join('\n', shortest?.Trace ?? [])}");
    }
}
