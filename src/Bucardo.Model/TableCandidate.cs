namespace Bucardo.Model;

/// <summary>A table or sequence of a database that could be registered for replication; Add-BucardoTable takes it from the pipeline.</summary>
public sealed record TableCandidate
{
    /// <summary>Name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>Schema, as it is spelt in the catalog (no quotes).</summary>
    public required string Schema { get; init; }

    /// <summary>Name, as it is spelt in the catalog (no quotes).</summary>
    public required string Name { get; init; }

    /// <summary>Table or sequence.</summary>
    public RelationType Type { get; init; }

    /// <summary>The key that it would be replicated by; empty: it has none, or is a sequence.</summary>
    public IReadOnlyList<string> KeyColumns { get; init => field = value.ToArray(); } = [];

    /// <summary>Whether it can be registered: a table needs a key.</summary>
    public bool CanReplicate => Type == RelationType.Sequence || KeyColumns.Count > 0;

    /// <summary>Whether it is registered already.</summary>
    public bool IsRegistered { get; init; }

    /// <summary>Names of the herds that it is in.</summary>
    public IReadOnlyList<string> Herds { get; init => field = value.ToArray(); } = [];

    /// <summary>How many rows it has, as PostgreSQL estimates; null: it has never been analysed, or is a sequence.</summary>
    public long? EstimatedRows { get; init; }

    /// <summary>What it takes on disk, indexes included, partitions added up.</summary>
    public long Bytes { get; init; }

    /// <summary><c>schema.name</c>, unquoted, for people to read.</summary>
    public string FullName => $"{Schema}.{Name}";

    /// <inheritdoc/>
    public override string ToString() => FullName;
}
