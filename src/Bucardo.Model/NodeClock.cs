namespace Bucardo.Model;

/// <summary>How far a source's clock is off, as a service measured it last.</summary>
public sealed record NodeClock
{
    /// <summary>Name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>How far its clock is ahead of the service's; negative: behind.</summary>
    public required TimeSpan Offset { get; init; }

    /// <summary>How far that may be from the truth: half of the way there and back.</summary>
    public required TimeSpan Uncertainty { get; init; }

    /// <summary>When it was measured, by the control database's clock.</summary>
    public DateTimeOffset Measured { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Database} {Offset.TotalSeconds:+0.000;-0.000} s");
}
