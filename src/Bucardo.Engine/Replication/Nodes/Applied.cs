using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>What one node did when it applied a round.</summary>
public sealed record Applied
{
    /// <summary>Rows inserted.</summary>
    public long Inserts { get; set; }

    /// <summary>Rows updated.</summary>
    public long Updates { get; set; }

    /// <summary>Rows deleted.</summary>
    public long Deletes { get; set; }

    /// <summary>Tables truncated.</summary>
    public long Truncates { get; set; }

    /// <summary>Rows that clashed in a unique value with another row, and rows whose parent had gone.</summary>
    public long Clashes { get; set; }

    /// <summary>Conflicts that were decided here, by table and key: several nodes may have decided the same one.</summary>
    public HashSet<(int Table, string Key)> Decided { get; } = [];

    /// <summary>Conflicts settled here.</summary>
    public long Settled { get; set; }

    /// <summary>Keys left out.</summary>
    public long Deferred { get; set; }

    /// <summary>Rows of custom code that their table refuses.</summary>
    public List<UndecidedConflict> Refused { get; } = [];
}

/// <summary>Changes of one table by one origin that wait for a receiver.</summary>
/// <param name="Table">Id of the table in the control database.</param>
/// <param name="Origin">Where they were made.</param>
/// <param name="Rows">How many.</param>
/// <param name="Oldest">When the first of them was made.</param>
public readonly record struct PendingChanges(int Table, int Origin, long Rows, DateTime Oldest);

/// <summary>A key to be sent, with the version that it is.</summary>
public readonly record struct PickedKey(string Key, RowVersion Version);
