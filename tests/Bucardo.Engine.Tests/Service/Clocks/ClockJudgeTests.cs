using Bucardo.Engine.Service.Clocks;

namespace Bucardo.Engine.Tests.Service.Clocks;

/// <summary>Whose clock is off, and by how much. No database.</summary>
public sealed class ClockJudgeTests
{
    static readonly DateTimeOffset s_noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    // "A +0.2 B -3/0.5": offsets in seconds, and the time there and back.
    static Dictionary<string, ClockSample> Samples(string text)
    {
        var samples = new Dictionary<string, ClockSample>();
        var words = text.Split(' ');
        for (var i = 0; i < words.Length; i += 2)
        {
            var parts = words[i + 1].Split('/').Select(p => double.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).ToList();
            samples[words[i]] = new ClockSample(TimeSpan.FromSeconds(parts[0]), TimeSpan.FromSeconds(parts.Count > 1 ? parts[1] : 0));
        }
        return samples;
    }

    [Theory]
    [InlineData("A 0.2 B -0.3 C 0.9", "")]
    [InlineData("A 0.2 B -3 C 0.9", "B")]
    [InlineData("A 0 B 1.5", "B")]
    [InlineData("A -2 B 2", "A B")]
    [InlineData("A 0 B 1.5/1.2", "")] // it may be 0.9
    [InlineData("A 7 B 7.2 C 6.9", "")] // this machine's clock
    [InlineData("A 7 B 7.2 C 2", "A B C")]
    [InlineData("A 7", "A")]
    [InlineData("", "")]
    public void A_clock_is_off_if_it_differs_for_certain_from_this_machines_and_from_anothers(string samples, string off) =>
        Assert.Equal(off, string.Join(' ', ClockJudge.Off(samples.Length == 0 ? [] : Samples(samples), TimeSpan.FromSeconds(1), new HashSet<string>()).Order()));

    [Fact]
    public void A_clock_on_the_edge_is_not_news_all_the_time()
    {
        HashSet<string> known = ["B"];
        Assert.Empty(ClockJudge.Off(Samples("A 0 B 0.95"), TimeSpan.FromSeconds(1), new HashSet<string>()));
        Assert.Equal(["B"], ClockJudge.Off(Samples("A 0 B 0.95"), TimeSpan.FromSeconds(1), known));
        Assert.Empty(ClockJudge.Off(Samples("A 0 B 0.85"), TimeSpan.FromSeconds(1), known));
    }

    [Fact]
    public void Without_a_limit_no_clock_is_off() => Assert.Empty(ClockJudge.Off(Samples("A 0 B 500"), TimeSpan.Zero, new HashSet<string>()));

    [Fact]
    public void The_offset_is_that_in_the_middle_of_the_way_there_and_back()
    {
        var sample = ClockSample.Of(s_noon, s_noon.AddSeconds(10), TimeSpan.FromSeconds(4));
        Assert.Equal((8.0, 2.0), (sample.Offset.TotalSeconds, sample.Uncertainty.TotalSeconds));
    }

    [Fact]
    public void The_message_names_the_database_the_offset_the_limit_and_the_remedy() => Assert.Equal(
        "The clock of database B is 3.25 s behind (limit 0.5 s): conflicts that the latest change wins are decided by it. Set the clock of its server right (NTP).",
        ClockJudge.Explain("B", new ClockSample(TimeSpan.FromSeconds(-3.25), default), TimeSpan.FromSeconds(0.5)));
}
