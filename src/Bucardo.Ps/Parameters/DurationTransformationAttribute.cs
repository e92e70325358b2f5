using System.Globalization;
using System.Management.Automation;

namespace Bucardo.Ps.Parameters;

/// <summary>
/// Lets a duration be given as a number of seconds too. PowerShell itself takes a number for ticks and the text "60" for sixty days, which nobody means.
/// Also taken: <c>90s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>, <c>250ms</c>, and what TimeSpan itself understands, such as <c>00:01:30</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationTransformationAttribute : ArgumentTransformationAttribute
{
    // Beyond this, a wait is "for ever", and timers overflow.
    static readonly TimeSpan s_longest = TimeSpan.FromDays(24);

    /// <summary>True: zero is a value (no limit, or "not at all"); false: it must be longer than zero.</summary>
    public bool AllowZero { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = Unwrap.Object(inputData);
        if (value is null or "") return null;
        var duration = Read(value) ?? throw new ArgumentTransformationMetadataException(
            $"'{value}' is no duration. Give seconds (60), a number with a unit (500ms, 90s, 5m, 2h) or a TimeSpan (00:01:30).");
        if (duration < TimeSpan.Zero || (duration == TimeSpan.Zero && !AllowZero) || duration > s_longest)
            throw new ArgumentTransformationMetadataException($"A duration must be {(AllowZero ? "zero or more" : "longer than zero")} and at most {s_longest.TotalDays} days; '{value}' is not.");
        return duration;
    }

    static TimeSpan? Read(object value) => value switch
    {
        TimeSpan span => span,
        string text => ReadText(text.Trim()),
        sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal => Seconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => null,
    };

    static TimeSpan? ReadText(string text)
    {
        if (ReadNumber(text) is { } seconds) return Seconds(seconds);
        (string Unit, double Factor)[] units = [("ms", 0.001), ("s", 1), ("m", 60), ("min", 60), ("h", 3600), ("d", 86400)];
        foreach (var (unit, factor) in units.OrderByDescending(u => u.Unit.Length))
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase) && ReadNumber(text[..^unit.Length].TrimEnd()) is { } number) return Seconds(number * factor);
        }
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null;
    }

    static double? ReadNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    static TimeSpan? Seconds(double seconds) => double.IsFinite(seconds) && Math.Abs(seconds) < 1e9 ? TimeSpan.FromSeconds(seconds) : null;
}
