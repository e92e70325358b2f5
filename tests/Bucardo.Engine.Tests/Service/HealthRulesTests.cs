using Bucardo.Engine.Service;
using Bucardo.Model;

namespace Bucardo.Engine.Tests.Service;

public sealed class HealthRulesTests
{
    static readonly Sync s_sync = new() { Id = 1, Name = "s", Herd = "h", DatabaseGroup = "g", Status = SyncStatus.Active };

    static SyncNode Node(string name, string state = "Online", double lag = 0, DatabaseRole role = DatabaseRole.Source) =>
        new() { Sync = "s", Database = name, Role = role, State = state, Lag = TimeSpan.FromMinutes(lag), Pending = lag > 0 ? 7 : 0, Problem = state == "Away" ? $"Database {name} is away." : null };

    static SyncState Judge(Sync? sync = null, SyncState? state = null, params SyncNode[] nodes) =>
        HealthRules.Judge(sync ?? s_sync, state ?? new SyncState { Name = "s", State = "Good", Served = true }, nodes.Length > 0 ? nodes : [Node("a"), Node("b")]);

    [Fact]
    public void All_is_well()
    {
        var state = Judge();
        Assert.Equal(SyncHealth.Good, state.Health);
        Assert.Empty(state.Reasons);
    }

    [Fact]
    public void An_inactive_sync_is_off_and_not_bad() =>
        Assert.Equal(SyncHealth.Off, Judge(s_sync with { Status = SyncStatus.Inactive }, new SyncState { Name = "s", State = "Bad", LastError = "x" }).Health);

    [Fact]
    public void What_is_wrong_is_named_and_the_worst_counts()
    {
        var state = Judge(null, new SyncState { Name = "s", State = "Bad", LastError = "The disk is full.", Served = true }, Node("a"), Node("b"), Node("c", "Away"));
        Assert.Equal(SyncHealth.Bad, state.Health);
        Assert.Contains("The last round failed: The disk is full.", state.Reasons);
        Assert.Contains("Database c is away.", state.Reasons);
    }

    [Theory]
    [InlineData("Online", "Away", SyncHealth.Bad)] // one left
    [InlineData("Away", "Online", SyncHealth.Bad)] // no source left
    [InlineData("Online", "Online", SyncHealth.Good)]
    public void It_takes_a_source_and_one_more(string source, string target, SyncHealth expected) =>
        Assert.Equal(expected, Judge(null, null, Node("a", source), Node("t", target, role: DatabaseRole.Target)).Health);

    [Fact]
    public void One_of_three_that_is_away_is_a_warning() => Assert.Equal(SyncHealth.Warning, Judge(null, null, Node("a"), Node("b", "Away"), Node("c")).Health);

    [Fact]
    public void A_database_that_was_left_out_by_hand_is_no_news() => Assert.Equal(SyncHealth.Good, Judge(null, null, Node("a"), Node("b", "Inactive"), Node("c")).Health);

    [Theory]
    [InlineData(4, true, null, SyncHealth.Good)]
    [InlineData(6, true, null, SyncHealth.Warning)]
    [InlineData(6, false, null, SyncHealth.Good)] // rounds come when somebody asks for them
    [InlineData(6, false, 10, SyncHealth.Good)] // twice the time between two rounds is allowed
    [InlineData(25, false, 10, SyncHealth.Warning)]
    public void Who_lags_for_longer_than_rounds_take_to_come_is_a_warning(double lag, bool autoKick, int? checkMinutes, SyncHealth expected)
    {
        var sync = s_sync with { AutoKick = autoKick, CheckTime = checkMinutes is { } m ? TimeSpan.FromMinutes(m) : null };
        Assert.Equal(expected, Judge(sync, null, Node("a"), Node("b", lag: lag)).Health);
    }

    [Fact]
    public void A_pause_says_why_and_how_to_end_it()
    {
        var state = Judge(s_sync with { Paused = true, PauseReason = "maintenance" }, null, Node("a"), Node("b", lag: 60));
        Assert.Equal(SyncHealth.Warning, state.Health);
        Assert.Equal("Sync s is paused (maintenance): Resume-BucardoSync s lets it go on.", Assert.Single(state.Reasons));
    }

    [Fact]
    public void A_paused_table_is_a_warning() =>
        Assert.Equal(SyncHealth.Warning, Judge(null, new SyncState { Name = "s", State = "Empty", LastStatus = "Complete; table public.x is paused", Served = true }).Health);

    [Fact]
    public void Conflicts_that_wait_for_custom_code_are_a_warning_with_the_reason()
    {
        var state = Judge(null, new SyncState { Name = "s", State = "Empty", LastStatus = "Complete; a conflict waits for custom code. It failed: no idea.", Served = true });
        Assert.Equal(SyncHealth.Warning, state.Health);
        Assert.Contains("It failed: no idea.", Assert.Single(state.Reasons));
    }

    [Theory]
    [InlineData(true, 2, 1)]
    [InlineData(true, 0.5, 0)]
    [InlineData(false, 2, 0)] // measured some day
    public void A_clock_that_is_off_is_a_warning_while_somebody_measures_it(bool served, double seconds, int reasons)
    {
        NodeClock Clock(string name, double offset) => new() { Database = name, Offset = TimeSpan.FromSeconds(offset), Uncertainty = TimeSpan.FromMilliseconds(1) };
        var state = HealthRules.Judge(s_sync, new SyncState { Name = "s", State = "Good", Served = served, Clocks = [Clock("a", 0), Clock("b", seconds)] }, [], TimeSpan.FromSeconds(1));
        Assert.Equal(reasons, state.Reasons.Count(r => r.Contains("clock of database b", StringComparison.Ordinal)));
        Assert.Equal(reasons == 0 ? SyncHealth.Good : SyncHealth.Warning, state.Health);
    }

    [Fact]
    public void Where_nobody_was_asked_the_control_database_alone_decides() =>
        Assert.Equal(SyncHealth.Good, HealthRules.Judge(s_sync, new SyncState { Name = "s", State = "Empty" }, []).Health);
}
