using System.Globalization;

namespace Bucardo.Engine.Replication.Decisions;

public abstract partial class ConflictStrategy
{
    /// <summary>
    /// Reads a strategy as it stands in <c>bucardo.sync</c>: <c>bucardo_latest</c>, <c>bucardo_latest(column)</c>, <c>bucardo_latest_all_tables</c>, <c>bucardo_earliest</c>, <c>bucardo_source</c>,
    /// <c>bucardo_target</c>, <c>bucardo_random</c>, <c>bucardo_random(seed)</c>, <c>bucardo_skip</c>, <c>bucardo_abort</c>, <c>bucardo_custom(name)</c> (each also without <c>bucardo_</c>; <c>default</c> is <c>latest</c>),
    /// or database names in order of preference.
    /// </summary>
    /// <param name="text">The name or list.</param>
    /// <param name="origins">The sync's databases by name.</param>
    /// <param name="sources">Ids of the sources in the group's order.</param>
    /// <exception cref="ArgumentException">A name in the list is no database of the sync.</exception>
    public static ConflictStrategy Parse(string text, IReadOnlyDictionary<string, int> origins, IReadOnlyList<int> sources)
    {
        text = text.Trim();
        var open = text.EndsWith(')') ? text.IndexOf('(') : -1;
        var (word, argument) = open < 0 ? (text, null) : (text[..open].TrimEnd(), text[(open + 1)..^1].Trim());
        switch (word.StartsWith("bucardo_", StringComparison.Ordinal) ? word["bucardo_".Length..] : word, argument)
        {
            case ("latest" or "default", null): return new LatestStrategy();
            case ("latest", { Length: > 0 } column): return new LatestByColumnStrategy(column);
            case ("latest_all_tables", null): return new LatestOfAllTablesStrategy();
            case ("earliest", null): return new EarliestStrategy();
            case ("source", null): return new PreferenceStrategy(sources);
            case ("target", null): return new PreferenceStrategy(sources.Reverse());
            case ("random", null): return new RandomStrategy(0);
            case ("random", { } seed) when int.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number): return new RandomStrategy(number);
            case ("skip", null): return new RefusingStrategy(ConflictAction.Skip);
            case ("abort", null): return new RefusingStrategy(ConflictAction.Abort);
            case ("custom", { Length: > 0 } code): return new CustomStrategy(code);
        }
        var names = text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (names.FirstOrDefault(n => !origins.ContainsKey(n)) is { } unknown)
            throw new ArgumentException($"'{unknown}' in the conflict strategy '{text}' is neither a strategy nor a database of the sync.", nameof(text));
        return new PreferenceStrategy(names.Select(n => origins[n]));
    }
}
