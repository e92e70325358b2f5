using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>Puts the members of a database group together from lists of sources and targets.</summary>
static class GroupMembers
{
    /// <summary>All members. Sources get falling priorities, so that the order in which they were named is the order of preference.</summary>
    public static IReadOnlyList<DatabaseGroupMember> From(string[]? sources, string[]? targets, DatabaseGroupMember[]? members) =>
    [
        .. members ?? [],
        .. (sources ?? []).Select((name, i) => new DatabaseGroupMember { Database = name, Role = DatabaseRole.Source, Priority = sources!.Length - 1 - i }),
        .. (targets ?? []).Select(name => new DatabaseGroupMember { Database = name, Role = DatabaseRole.Target }),
    ];
}
