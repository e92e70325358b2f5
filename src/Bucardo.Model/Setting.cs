namespace Bucardo.Model;

/// <summary>A setting of the control database, or a sync's own value for it: a row of <c>bucardo.bucardo_config</c>.</summary>
public sealed record Setting
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The sync whose own value this is; null: it holds for all that have none.</summary>
    public string? Sync { get; init; }

    /// <summary>The value in force.</summary>
    public required string Value { get; init; }

    /// <summary>What Reset-BucardoConfig goes back to: for a sync, the value that holds for all.</summary>
    public string? Default { get; init; }

    /// <summary>What it is about.</summary>
    public string? About { get; init; }

    /// <summary>Whether only the program itself sets it.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether somebody has changed it.</summary>
    public bool IsChanged => !IsReadOnly && (Sync is not null || Value != Default);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}{(Sync is null ? "" : $" of sync {Sync}")}: {Value}";
}
