using System.Globalization;
using System.Numerics;
using Bucardo.Model;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>
/// The row wins whose own column has the greatest value: a timestamp or a version number that the application keeps. NULL comes last; a row that exists is preferred to its deletion, which has no
/// value; between equal values the latest change wins.
/// </summary>
/// <param name="column">The column.</param>
public sealed class LatestByColumnStrategy(string column) : ConflictStrategy, IConflictResolver
{
    /// <summary>The column.</summary>
    public string Column => column;

    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y) => ByTime(x, y);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Resolution>> ResolveAsync(IReadOnlyList<ConflictCase> conflicts, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Resolution>>([.. conflicts.Select(c => new Resolution(Winner(Checked(c).Contenders)))]);

    ConflictCase Checked(ConflictCase conflict) => conflict.Contenders.All(c => c.Row is null || c.Row.ContainsKey(column)) ? conflict
        : throw new BucardoException("StrategyColumnMissing", ErrorKind.Validation,
            $"Table {conflict.TableName} has no column {column}, which its conflict strategy bucardo_latest({column}) compares: give the table another strategy, or the column.");

    int Winner(IReadOnlyList<Contender> contenders) =>
        Enumerable.Range(0, contenders.Count).MaxBy(i => contenders[i], Comparer<Contender>.Create(Compare));

    int Compare(Contender x, Contender y)
    {
        var byRow = (x.Row is not null).CompareTo(y.Row is not null);
        if (byRow != 0) return byRow;
        var byValue = x.Row is null ? 0 : CompareValues(x.Row.GetValueOrDefault(column), y.Row!.GetValueOrDefault(column));
        return byValue != 0 ? byValue : ByTime(x.Version, y.Version);
    }

    // The texts are PostgreSQL's, in ISO form: numbers, times (with infinity at both ends), or something else that is compared by its text.
    static int CompareValues(string? x, string? y)
    {
        if (x is null || y is null) return (x is not null).CompareTo(y is not null);
        if (x == y) return 0;
        if (Extreme(x) != Extreme(y)) return Extreme(x).CompareTo(Extreme(y));
        if (BigInteger.TryParse(x, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wholeX) && BigInteger.TryParse(y, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wholeY))
            return wholeX.CompareTo(wholeY);
        if (decimal.TryParse(x, NumberStyles.Float, CultureInfo.InvariantCulture, out var numberX) && decimal.TryParse(y, NumberStyles.Float, CultureInfo.InvariantCulture, out var numberY))
            return numberX.CompareTo(numberY);
        if (DateTimeOffset.TryParse(x, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var timeX) && DateTimeOffset.TryParse(y, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var timeY))
            return timeX.CompareTo(timeY);
        return string.CompareOrdinal(x, y);
    }

    static int Extreme(string value) => value switch { "infinity" or "Infinity" or "NaN" => 1, "-infinity" or "-Infinity" => -1, _ => 0 };
}
