using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Replication.Nodes.Enforced;

/// <summary>What a step brings for one table where foreign keys are enforced: all of it is staged.</summary>
/// <param name="table">The table.</param>
/// <param name="rows">What is staged of it.</param>
sealed class EnforcedTable(TableSql table, TracedRows rows)
{
    public TableSql Table => table;

    /// <summary>What is staged of it.</summary>
    public TableTrace Trace { get; } = new(table) { Rows = { rows } };

    /// <summary>What the round has read of the node.</summary>
    public Snapshot Snapshot { get; set; } = Snapshot.Empty;

    public ConflictStrategy? Strategy { get; set; }

    /// <summary>Whether received rows are logged.</summary>
    public bool Logs { get; set; }

    /// <summary>The TRUNCATE that comes before the rows.</summary>
    public Emptying? Emptying { get; set; }

    /// <summary>What this node settles.</summary>
    public List<Settlement> Settlements { get; } = [];

    /// <summary>Keys of which something was left out: what becomes of those rows is not known yet.</summary>
    public HashSet<string> Open { get; } = [];

    /// <summary>Whether anything was left out of it, for whatever reason.</summary>
    public bool HasDeferred { get; set; }

    /// <summary>What had to be left out after the others had been looked at.</summary>
    public List<PickedKey> LeftOut { get; } = [];

    /// <summary>Rows that lost a conflict with another row here, and had to go.</summary>
    public HashSet<string> Losers { get; } = [];
}

/// <summary>A TRUNCATE that cannot be done as one, because other tables refer to the table or rows stay.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Captured">The table's id in <c>bucardo_node.captured</c>.</param>
/// <param name="Stay">The keys that stay.</param>
/// <param name="HasMoved">Whether some of them stay because they have changed here meanwhile.</param>
/// <param name="Logs">Whether it is logged.</param>
sealed record Emptying(RowVersion Version, int Captured, IReadOnlyCollection<string> Stay, bool HasMoved, bool Logs);
