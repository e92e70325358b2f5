using Bucardo.Engine.Catalog;
using Bucardo.Model;

namespace Bucardo.Engine.Capture;

/// <summary>What follows from a sync's members for capture and replication.</summary>
public static class SyncTopology
{
    /// <summary>The sync's tables, without its sequences.</summary>
    public static IReadOnlyList<Table> ReplicatedTables(this SyncDefinition definition) =>
        [.. definition.Tables.Where(t => t.Type == RelationType.Table)];

    /// <summary>The sync's sequences.</summary>
    public static IReadOnlyList<Table> ReplicatedSequences(this SyncDefinition definition) =>
        [.. definition.Tables.Where(t => t.Type == RelationType.Sequence)];

    /// <summary>Ids of the sources, in the group's order.</summary>
    public static IReadOnlyList<int> SourceIds(this SyncDefinition definition) =>
        [.. definition.Members.Where(m => m.Role == DatabaseRole.Source).Select(m => m.Id)];

    /// <summary>
    /// Whether every node logs what it receives, as the version that it is. One source needs no such log, nor do two nodes: there the change
    /// tables say all. With two sources and a third node, a node that was away can meet one that merely passed a change on.
    /// </summary>
    public static bool EveryNodeLogs(this SyncDefinition definition) =>
        definition.Members.Count > 2 && definition.Members.Count(m => m.Role == DatabaseRole.Source) > 1;
}
