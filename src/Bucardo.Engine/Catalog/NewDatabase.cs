using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>A database to be added to the control database.</summary>
public sealed record NewDatabase
{
    /// <summary>Bucardo's name for it: a letter, then letters, digits and underscores.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is and how to log in. A password in here (or in its connection string) is stored encrypted.</summary>
    public required ConnectionSettings Connection { get; init; }

    /// <summary>Whether it takes part in rounds from the start.</summary>
    public DatabaseStatus Status { get; init; } = DatabaseStatus.Active;

    /// <summary>Group to put it into; the group is made if it is not there. Null: none.</summary>
    public string? Group { get; init; }

    /// <summary>Its role in <see cref="Group"/>. Null: source if the group is new, else target.</summary>
    public DatabaseRole? Role { get; init; }

    /// <summary>Its priority in <see cref="Group"/>; higher comes first.</summary>
    public int Priority { get; init; }

    /// <summary>True: add it without connecting to it.</summary>
    public bool SkipTest { get; init; }
}

/// <summary>What to change of a database. Null leaves a value as it is.</summary>
public sealed record DatabaseChange
{
    /// <summary>A new name; groups, tables and herds follow. Strategies that list the old name must be changed first.</summary>
    public string? NewName { get; init; }

    /// <summary>
    /// The connection's new values. Null properties stay as they are, an empty text clears one.
    /// A password in here replaces the stored one.
    /// </summary>
    public ConnectionSettings? Connection { get; init; }

    /// <summary>True: forget the stored password.</summary>
    public bool ClearPassword { get; init; }

    /// <summary>Whether it takes part in rounds.</summary>
    public DatabaseStatus? Status { get; init; }
}

/// <summary>What to change of a database group. Null leaves a value as it is.</summary>
public sealed record DatabaseGroupChange
{
    /// <summary>A new name; the syncs that use the group follow.</summary>
    public string? NewName { get; init; }

    /// <summary>A note for people; an empty text clears it.</summary>
    public string? About { get; init; }

    /// <summary>Members to add; a member that is there already gets this role and priority.</summary>
    public IReadOnlyList<DatabaseGroupMember> Add { get; init; } = [];

    /// <summary>Names of members to take out.</summary>
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>The whole new membership, instead of <see cref="Add"/> and <see cref="Remove"/>.</summary>
    public IReadOnlyList<DatabaseGroupMember>? Members { get; init; }
}
