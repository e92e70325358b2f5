using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>
/// A database that joins a sync of several sources after it was started holds anything: nothing, or a backup of last week. Rounds leave it out until its tables have been copied, for in a round it
/// would decide as one who knows: an old row that has the unique value of a new one, or none where a foreign key wants one, and what it decides goes to all others.
/// </summary>
static class JoiningNode
{
    /// <summary>Whether a node joined, and some of its tables have not got their data.</summary>
    public static bool AwaitsData(int node, IReadOnlyDictionary<int, NodeState> states) => !states[node].IsFilled && states.Values.Any(s => s.Joined.Contains(node));

    /// <summary>What rounds say of it.</summary>
    public static BucardoException Refusal(string node, string sync) => new("NodeAwaitsData", ErrorKind.InvalidOperation,
        $"Database {node} has joined sync {sync} and takes part when it has its data: run Copy-BucardoData {sync} {node} (with -IfEmpty, tables that have rows are taken as they are).");
}
