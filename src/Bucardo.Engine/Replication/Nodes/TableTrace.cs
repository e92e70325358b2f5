using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>Received rows of a table, as far as they are to be written.</summary>
/// <param name="rows">The rows as text; null where they are staged.</param>
sealed class ReceivedRows(IReadOnlyList<string?[]>? rows)
{
    /// <summary>The rows as text; null where they are staged.</summary>
    public IReadOnlyList<string?[]>? Rows { get; set; } = rows;
}

/// <summary>Rows that a step has written.</summary>
/// <param name="Table">Their table.</param>
/// <param name="Source">The rows as a source of rows.</param>
/// <param name="Received">The rows.</param>
/// <param name="Command">Makes a command with the parameters that <paramref name="Source"/> needs.</param>
sealed record TracedRows(TableSql Table, string Source, ReceivedRows Received, Func<string, NpgsqlCommand> Command)
{
    /// <summary>Whether rows may be among them that are gone.</summary>
    public bool HasDeletions => Received.Rows is null || Received.Rows.Any(r => r[Table.PresentColumn] == "false");
}

/// <summary>What a step has done to one table of a node, as far as foreign keys are concerned.</summary>
/// <param name="table">The table.</param>
sealed class TableTrace(TableSql table)
{
    /// <summary>The table.</summary>
    public TableSql Table => table;

    /// <summary>The rows that were written.</summary>
    public List<TracedRows> Rows { get; } = [];

    /// <summary>Keys of rows that went by a decision of the node's own.</summary>
    public HashSet<string> Removed { get; } = [];

    /// <summary>Whether the table was emptied.</summary>
    public bool IsEmptied { get; set; }

    /// <summary>Whether something was left out.</summary>
    public bool HasDeferred { get; set; }
}

/// <summary>Rows that are gone while others may refer to them: some keys of a table, or all.</summary>
sealed class Suspects
{
    /// <summary>The keys.</summary>
    public HashSet<string> Keys { get; } = [];

    /// <summary>Whether the table was emptied, so that any row that is missing is one of them.</summary>
    public bool All { get; set; }

    /// <summary>Whether there is nothing to look at.</summary>
    public bool IsEmpty => Keys.Count == 0 && !All;
}
