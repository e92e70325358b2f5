namespace Bucardo.Engine.Service.Clocks;

/// <summary>
/// Whose clock is off. One that differs from this machine's and from another database's: where all databases differ from this machine alike, it is this machine's
/// clock that is wrong, and conflicts are decided rightly all the same. A pure function.
/// </summary>
static class ClockJudge
{
    // Who has been found off is well again a little below the limit, so that a clock on the edge is not news all the time.
    const double Calm = 0.9;

    /// <summary>The databases whose clocks are off by more than the limit, for certain.</summary>
    /// <param name="samples">By database.</param>
    /// <param name="limit">The limit; zero: there is none.</param>
    /// <param name="known">Those that were off before.</param>
    public static IReadOnlySet<string> Off(IReadOnlyDictionary<string, ClockSample> samples, TimeSpan limit, IReadOnlySet<string> known) =>
        limit <= TimeSpan.Zero ? new HashSet<string>() : samples.Keys.Where(d => IsOff(d, samples, known.Contains(d) ? limit * Calm : limit)).ToHashSet();

    static bool IsOff(string database, IReadOnlyDictionary<string, ClockSample> samples, TimeSpan limit)
    {
        var mine = samples[database];
        return mine.Offset.Duration() - mine.Uncertainty > limit
            && (samples.Count == 1 || samples.Any(s => s.Key != database && (s.Value.Offset - mine.Offset).Duration() - mine.Uncertainty - s.Value.Uncertainty > limit));
    }

    /// <summary>What to say of one.</summary>
    public static string Explain(string database, ClockSample sample, TimeSpan limit) =>
        FormattableString.Invariant($"The clock of database {database} is {sample.Offset.Duration().TotalSeconds:0.0##} s {(sample.Offset > TimeSpan.Zero ? "ahead" : "behind")} (limit {limit.TotalSeconds:0.###} s): ")
        + "conflicts that the latest change wins are decided by it. Set the clock of its server right (NTP).";
}
