namespace Bucardo.Bench.Measuring;

static class Statistics
{
    public static double Median(IEnumerable<double> values) => Percentile(values, 50);

    /// <summary>A percentile, between two values where it falls there.</summary>
    public static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToList();
        var place = (sorted.Count - 1) * percent / 100;
        var below = (int)place;
        return below + 1 < sorted.Count ? sorted[below] + (sorted[below + 1] - sorted[below]) * (place - below) : sorted[below];
    }
}
