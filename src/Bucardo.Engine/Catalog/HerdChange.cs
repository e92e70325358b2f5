namespace Bucardo.Engine.Catalog;

/// <summary>What to change of a herd. Null leaves a value as it is.</summary>
public sealed record HerdChange
{
    /// <summary>A new name; the syncs that use the herd follow.</summary>
    public string? NewName { get; init; }

    /// <summary>A note for people; an empty text clears it.</summary>
    public string? About { get; init; }

    /// <summary>Identifiers of tables to add; those that are in it already stay.</summary>
    public IReadOnlyList<int> Add { get; init; } = [];

    /// <summary>Identifiers of tables to take out.</summary>
    public IReadOnlyList<int> Remove { get; init; } = [];

    /// <summary>New priorities, by table identifier; higher comes first.</summary>
    public IReadOnlyDictionary<int, int>? Priorities { get; init; }
}
