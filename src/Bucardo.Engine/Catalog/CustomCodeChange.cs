using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>New custom code.</summary>
public sealed record NewCustomCode
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is written in.</summary>
    public required CustomCodeLanguage Language { get; init; }

    /// <summary>The script, or the name of the function, with its schema.</summary>
    public required string Source { get; init; }

    /// <summary>How long it may take to decide one conflict.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A note for people.</summary>
    public string? About { get; init; }
}

/// <summary>What to change of custom code. Null leaves a value as it is.</summary>
public sealed record CustomCodeChange
{
    /// <summary>A new name; the syncs and tables that it decides for follow.</summary>
    public string? NewName { get; init; }

    /// <summary>What it is written in; goes with <see cref="Source"/>.</summary>
    public CustomCodeLanguage? Language { get; init; }

    /// <summary>The script, or the name of the function.</summary>
    public string? Source { get; init; }

    /// <summary>How long it may take to decide one conflict.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A note for people; an empty text clears it.</summary>
    public string? About { get; init; }
}
