namespace Bucardo.Engine.Service.Clocks;

/// <summary>How far a database's clock is ahead of this machine's; negative: behind.</summary>
/// <param name="Offset">Between the database's time and the middle of the question's way there and back, as NTP reckons.</param>
/// <param name="RoundTrip">How long that way took: the offset is right to half of it, whichever way was the longer one.</param>
public readonly record struct ClockSample(TimeSpan Offset, TimeSpan RoundTrip)
{
    /// <summary>How far the offset may be from the truth.</summary>
    public TimeSpan Uncertainty => RoundTrip / 2;

    /// <summary>What one question tells.</summary>
    /// <param name="asked">This machine's time when it was asked.</param>
    /// <param name="answer">The database's time.</param>
    /// <param name="roundTrip">How long the answer took, by a clock that nobody sets.</param>
    public static ClockSample Of(DateTimeOffset asked, DateTimeOffset answer, TimeSpan roundTrip) => new(answer - (asked + roundTrip / 2), roundTrip);
}
