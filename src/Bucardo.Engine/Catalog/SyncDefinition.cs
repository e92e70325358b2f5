using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>All that a round needs to know of a sync, read in one snapshot of the control database.</summary>
public sealed record SyncDefinition
{
    /// <summary>The sync.</summary>
    public required Sync Sync { get; init; }

    /// <summary>The databases, higher priority first, then by name.</summary>
    public required IReadOnlyList<Member> Members { get; init; }

    /// <summary>Tables and sequences in the herd's order: higher priority first, then in the order in which they were registered.</summary>
    public required IReadOnlyList<Table> Tables { get; init; }

    /// <summary>The custom code that the strategies of the sync and its tables name.</summary>
    public IReadOnlyList<ConflictCode> Codes { get; init; } = [];
}

/// <summary>A database as a member of a sync.</summary>
public sealed record Member
{
    /// <summary>Number that identifies the node in the change tables of all nodes.</summary>
    public required int Id { get; init; }

    /// <summary>Name of the database.</summary>
    public required string Name { get; init; }

    /// <summary>What it does in the sync.</summary>
    public required DatabaseRole Role { get; init; }

    /// <summary>Higher comes first.</summary>
    public required int Priority { get; init; }

    /// <summary>Whether it takes part in rounds.</summary>
    public required DatabaseStatus Status { get; init; }

    /// <summary>Where it is, with the stored password in the clear. Its ToString hides it.</summary>
    public required ConnectionSettings Connection { get; init; }

    /// <summary>
    /// Why the stored password cannot be read (key file missing, or another one), else null. It stands here instead of being thrown, so
    /// that one
    /// node holds back only itself.
    /// </summary>
    public string? Problem { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
