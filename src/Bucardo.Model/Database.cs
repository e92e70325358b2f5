namespace Bucardo.Model;

/// <summary>A database that takes part in replication: a row of <c>bucardo.db</c>.</summary>
public sealed record Database
{
    /// <summary>Number that identifies the node in the change tables of all nodes. It is never given to another database.</summary>
    public required int Id { get; init; }

    /// <summary>Bucardo's name for it: a letter, then letters, digits and underscores.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is. <see cref="ConnectionSettings.Password"/> is never filled in here.</summary>
    public required ConnectionSettings Connection { get; init; }

    /// <summary>Whether it takes part in rounds.</summary>
    public DatabaseStatus Status { get; init; }

    /// <summary>True when an encrypted password is stored in the control database.</summary>
    public bool HasStoredPassword { get; init; }

    /// <summary>When it was added.</summary>
    public DateTimeOffset Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A named set of databases with roles: a row of <c>bucardo.dbgroup</c>.</summary>
public sealed record DatabaseGroup
{
    /// <summary>The group's name.</summary>
    public required string Name { get; init; }

    /// <summary>A note for people.</summary>
    public string? About { get; init; }

    // An array, here and in all records: of other read-only lists, PowerShell cannot take an element ($group.Members[0]).
    /// <summary>The members, higher priority first, then by name: the order that the strategy <c>bucardo_source</c> prefers sources in.</summary>
    public IReadOnlyList<DatabaseGroupMember> Members { get; init => field = value.ToArray(); } = [];

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>One database's part in a group: a row of <c>bucardo.dbmap</c>.</summary>
public sealed record DatabaseGroupMember
{
    /// <summary>Name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>What it does in the group.</summary>
    public DatabaseRole Role { get; init; } = DatabaseRole.Target;

    /// <summary>Higher comes first.</summary>
    public int Priority { get; init; }

    /// <summary>Name of the group, where the member was read from one.</summary>
    public string? Group { get; init; }

    /// <summary>As the bucardo command writes it: <c>name:role</c>.</summary>
    public override string ToString() => $"{Database}:{(Role == DatabaseRole.Source ? "source" : "target")}";
}
