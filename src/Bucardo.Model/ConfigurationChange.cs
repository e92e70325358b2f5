namespace Bucardo.Model;

/// <summary>A difference between a configuration file and the control database.</summary>
public sealed record ConfigurationChange
{
    /// <summary><c>Database</c>, <c>DatabaseGroup</c>, <c>Table</c>, <c>Herd</c>, <c>Sync</c> or <c>Setting</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Name of the object; of a table <c>database:schema.table</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>Add</c>, <c>Change</c> or <c>Remove</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What differs, as <c>port: 5432 -> 5433</c>; of what is new, what it is.</summary>
    public IReadOnlyList<string> Details { get; init => field = value.ToArray(); } = [];

    /// <summary>Whether the control database has been changed.</summary>
    public bool Applied { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Action} {Kind} {Name}{(Details.Count == 0 ? "" : $" ({string.Join(", ", Details)})")}";
}
