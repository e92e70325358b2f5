using Bucardo.Engine.Replication.Decisions;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>What a step or a round did.</summary>
public sealed record RoundResult
{
    /// <summary>Rows inserted, over all nodes.</summary>
    public long Inserts { get; init; }

    /// <summary>Rows updated, over all nodes.</summary>
    public long Updates { get; init; }

    /// <summary>Rows deleted, over all nodes.</summary>
    public long Deletes { get; init; }

    /// <summary>Tables truncated, over all nodes.</summary>
    public long Truncates { get; init; }

    /// <summary>Keys in conflict.</summary>
    public long Conflicts { get; init; }

    /// <summary>Conflicts settled: what was decided is on its way with the next step.</summary>
    public long Settled { get; init; }

    /// <summary>Sequences moved on, over all nodes.</summary>
    public int Sequences { get; init; }

    /// <summary>Keys left for the next round, over all nodes.</summary>
    public long Deferred { get; init; }

    /// <summary>True when it ended before all that was pending was read.</summary>
    public bool More { get; init; }

    /// <summary>Ids of the nodes for whose sake the step was bounded: they have a backlog, the others may have none.</summary>
    public IReadOnlySet<int> Behind { get; init; } = new HashSet<int>();

    /// <summary>Nodes that did not commit, and why.</summary>
    public IReadOnlyList<NodeProblem> Problems { get; init; } = [];

    /// <summary>Tables that were left out, and why.</summary>
    public IReadOnlyList<PausedTable> Paused { get; init; } = [];

    /// <summary>Conflicts that wait for custom code, as the last step has left them.</summary>
    public IReadOnlyList<UndecidedConflict> Waiting { get; init; } = [];

    /// <summary>Whether any row moved.</summary>
    public bool IsEmpty => Inserts + Updates + Deletes + Truncates + Conflicts == 0;

    /// <summary>The sum of two steps.</summary>
    public RoundResult Add(RoundResult next) => next with
    {
        Inserts = Inserts + next.Inserts,
        Updates = Updates + next.Updates,
        Deletes = Deletes + next.Deletes,
        Truncates = Truncates + next.Truncates,
        Conflicts = Conflicts + next.Conflicts,
        Settled = Settled + next.Settled,
        Sequences = Sequences + next.Sequences,
        Problems = [.. Problems, .. next.Problems],
    };
}

/// <summary>A table, or a sequence, that is left out until the nodes agree on it again.</summary>
/// <param name="Table">Schema and name.</param>
/// <param name="Problems">What is wrong, and where.</param>
public sealed record PausedTable(string Table, IReadOnlyList<Problem> Problems)
{
    /// <summary>What it is: a sequence is left out on the nodes named only.</summary>
    public RelationType Type { get; init; }

    /// <summary>Why, in words.</summary>
    public string Reason => string.Join(" ", Problems.Select(p => p.Message).Distinct());
}

/// <summary>How far a round is, for people who wait.</summary>
/// <param name="Sync">Name of the sync.</param>
/// <param name="Activity">What is being done.</param>
/// <param name="Percent">How much of it is done; null when that is not known.</param>
public sealed record RoundProgress(string Sync, string Activity, int? Percent);

/// <summary>A node failed while it was read: the step is given up on all nodes, and the next one does without it.</summary>
public sealed class NodeFailedException(string node, Exception inner) : Exception($"Database {node} failed: {inner.Message}", inner)
{
    /// <summary>Name of the node.</summary>
    public string Node { get; } = node;
}

/// <summary>What the rounds of a sync need to know of a table.</summary>
/// <param name="Table">Its id in the control database.</param>
/// <param name="Name">Its name.</param>
/// <param name="Strategy">How its conflicts are decided.</param>
public sealed record TableRules(int Table, string Name, ConflictStrategy Strategy);

/// <summary>What the rounds of a sync need to know of it.</summary>
public sealed record RoundSettings
{
    internal const int UsualPart = 2 * 1024 * 1024;

    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Ids of all members, online or not.</summary>
    public required IReadOnlyList<int> Members { get; init; }

    /// <summary>Tables in the order in which they are to be written.</summary>
    public required IReadOnlyList<TableRules> Tables { get; init; }

    /// <summary>Ids of the tables that are left out for now; they are not among <see cref="Tables"/>.</summary>
    public IReadOnlyList<int> Paused { get; init; } = [];

    /// <summary>Whether all nodes note how far they are in every step, although nothing may have been pending for them.</summary>
    public bool RecordsAlways { get; init; }

    /// <summary>
    /// Whether all that the round brings is on disk everywhere when it ends. Else nodes of which nobody reads changes commit without waiting for that: if one crashes right afterwards, it has
    /// lost the step with the progress that it noted, and gets it again.
    /// </summary>
    public bool WaitsForDisk { get; init; } = true;

    /// <summary>Whether these are the settings of one lane of a step.</summary>
    public bool IsLane { get; init; }

    /// <summary>Whether every node logs what it receives.</summary>
    public required bool EveryNodeLogs { get; init; }

    /// <summary>Change rows of one node that a step reads at most.</summary>
    public long MaximumChanges { get; init; } = 500_000;

    /// <summary>Targets for which so many change rows of one node wait, while they do not for the others, are brought level apart from them; null: all go together.</summary>
    public long? ApartFrom { get; init; }

    /// <summary>Ids of the nodes to which is written; null: all. The others are only read.</summary>
    public IReadOnlySet<int>? Receiving { get; init; }

    /// <summary>Up to so many rows of a table travel as parameters; more travel by COPY.</summary>
    public int SmallRows { get; init; } = 500;

    /// <summary>Where rows are written as they come: how many bytes of them at once, at most.</summary>
    public int LargestPart { get; init; } = UsualPart;
}
