using Bucardo.Engine.Service;

namespace Bucardo.Engine.Tests.Service;

/// <summary>Rounds pause for as long as they took; in a steady stream of kicks for a little longer, and never for long.</summary>
public sealed class BreathTests
{
    static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void A_round_now_and_then_and_a_few_in_a_row_pause_for_as_long_as_they_took()
    {
        var breath = new Breath();
        Assert.Equal(Ms(5), breath.After(Ms(5), waited: false));
        for (var i = 1; i < Breath.Steady; i++) Assert.Equal(Ms(5), breath.After(Ms(5), waited: true));
    }

    [Fact]
    public void In_a_steady_stream_short_rounds_pause_longer_until_there_is_quiet()
    {
        var breath = new Breath();
        for (var i = 0; i < Breath.Steady; i++) breath.After(Ms(5), waited: true);
        Assert.Equal(Breath.InStream, breath.After(Ms(5), waited: true));
        Assert.Equal(Ms(60), breath.After(Ms(60), waited: true));
        Assert.Equal(Ms(5), breath.After(Ms(5), waited: false));
        Assert.Equal(Ms(5), breath.After(Ms(5), waited: true));
    }

    [Fact]
    public void No_pause_is_longer_than_a_tenth_of_a_second() => Assert.Equal(Breath.Longest, new Breath().After(TimeSpan.FromMinutes(5), waited: true));
}
