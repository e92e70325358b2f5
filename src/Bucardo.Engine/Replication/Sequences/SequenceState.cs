namespace Bucardo.Engine.Replication.Sequences;

/// <summary>A sequence as a node has it.</summary>
sealed record SequenceState
{
    /// <summary>What a node has in the place of a sequence that it does not have.</summary>
    public static SequenceState Missing { get; } = new();

    /// <summary>Its oid; 0: it does not exist.</summary>
    public uint Oid { get; init; }

    /// <summary>How far one value is from the next; negative: it counts down.</summary>
    public long Increment { get; init; } = 1;

    /// <summary>The smallest value.</summary>
    public long Minimum { get; init; } = 1;

    /// <summary>The greatest value.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>How many values a session takes at a time.</summary>
    public long Cache { get; init; } = 1;

    /// <summary>Whether it begins again at its end.</summary>
    public bool Cycles { get; init; }

    /// <summary>Whether the role may see how far it is.</summary>
    public bool MayRead { get; init; } = true;

    /// <summary>Whether the role may move it.</summary>
    public bool MayMove { get; init; } = true;

    /// <summary>The last value that was handed out; null: none yet.</summary>
    public long? Last { get; init; }

    /// <summary>Whether it counts down.</summary>
    public bool IsDescending => Increment < 0;

    /// <summary>Whether the value that comes after one lies past the target, in the direction of the sequence: then the target is never handed out again.</summary>
    public bool IsPast(long? last, long target) => last is { } value && (IsDescending ? (Int128)value + Increment < target : (Int128)value + Increment > target);

    /// <summary>How many steps it is from a value to the last one that does not lie past the target.</summary>
    public Int128 Steps(long value, long target) => ((Int128)target - value) / Increment;

    /// <summary>The value so many steps before another one, within what the sequence can be.</summary>
    public long Before(long value, long steps) => (long)Int128.Clamp(value - (Int128)Increment * steps, Minimum, Maximum);
}
