namespace Bucardo.Engine.Replication.Decisions;

/// <summary>One of the versions in a conflict.</summary>
/// <param name="Version">The version.</param>
/// <param name="Node">A node that holds it.</param>
/// <param name="Row">The row there, column by column as text; null when it is gone.</param>
public sealed record Contender(RowVersion Version, int Node, IReadOnlyDictionary<string, string?>? Row)
{
    /// <summary>What capture keeps of the row where rows are merged (<see cref="MergeState"/>); null: nothing.</summary>
    public string? State { get; init; }
}

/// <summary>A conflict: versions of one row, none of which was made in knowledge of another.</summary>
/// <param name="Table">Id of the table in the control database.</param>
/// <param name="TableName">Its name.</param>
/// <param name="Key">The row's key (<see cref="RowKey"/>).</param>
/// <param name="Contenders">The versions, the one that the strategy prefers first.</param>
public sealed record ConflictCase(int Table, string TableName, string Key, IReadOnlyList<Contender> Contenders);

/// <summary>How a conflict ends.</summary>
/// <param name="Winner">Index of the version that wins, among the conflict's.</param>
/// <param name="Row">What the row is to be, column by column as text, where that is not the winner's row as it is.</param>
public sealed record Resolution(int Winner, IReadOnlyDictionary<string, string?>? Row = null)
{
    /// <summary>The state that goes with the row where rows are merged; null: none.</summary>
    public string? State { get; init; }

    /// <summary>Why nothing has been decided: every node keeps what it has, and the conflict comes up again. Null: it has been decided.</summary>
    public string? Undecided { get; init; }

    /// <summary>Whether the row was made by custom code: it may be one that the table refuses.</summary>
    public bool IsCustom { get; init; }
}

/// <summary>A conflict that waits, because the code that should decide it could not.</summary>
/// <param name="Table">Id of the table.</param>
/// <param name="Key">The row's key (<see cref="RowKey"/>).</param>
/// <param name="Database">The database on which it was to be decided.</param>
/// <param name="Reason">Why it waits and what to do, as a sentence.</param>
public sealed record UndecidedConflict(int Table, string Key, string Database, string Reason)
{
    /// <summary>Whether the code did answer, and the table refused what it made of the row.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>Resolves conflicts by what is in the rows. A strategy that is one is asked; others are an order of versions and need not see rows.</summary>
public interface IConflictResolver
{
    /// <summary>One resolution for each conflict, in their order.</summary>
    /// <exception cref="Exception">The round fails with it; nothing has been written.</exception>
    Task<IReadOnlyList<Resolution>> ResolveAsync(IReadOnlyList<ConflictCase> conflicts, CancellationToken cancellation);
}

/// <summary>
/// A resolution as it is written: by one node, as a change of its own that it makes in knowledge of all versions in conflict. Every other node leaves the key out and gets that change with
/// the next step, when nothing contests it. So the version that a node holds always descends from everything that it has seen, and two nodes that have seen each other's version hold the same
/// one, whatever the strategy prefers and whoever fails in between.
/// </summary>
/// <param name="Node">The node that writes it: it holds the winning version.</param>
/// <param name="Conflict">The conflict.</param>
/// <param name="Resolution">Its end.</param>
public sealed record Settlement(int Node, ConflictCase Conflict, Resolution Resolution)
{
    /// <summary>The key.</summary>
    public string Key => Conflict.Key;

    /// <summary>The version that wins.</summary>
    public RowVersion Winner => Conflict.Contenders[Resolution.Winner].Version;
}
