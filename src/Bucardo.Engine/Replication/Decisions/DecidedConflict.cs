using Bucardo.Model;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>A conflict as it was decided, for the history.</summary>
/// <param name="Key">Key of the row that lost (<see cref="RowKey"/>).</param>
/// <param name="Winner">The version that won.</param>
/// <param name="WinnerRow">Its row, column by column as text; null: it is a deletion.</param>
/// <param name="Loser">The version that lost; null: nobody knows any more where the row came from.</param>
/// <param name="LoserRow">Its row; null: it is a deletion.</param>
public sealed record DecidedConflict(
    string Key, RowVersion Winner, IReadOnlyDictionary<string, string?>? WinnerRow, RowVersion? Loser, IReadOnlyDictionary<string, string?>? LoserRow)
{
    /// <summary>What it was about.</summary>
    public ConflictKind Kind { get; init; }

    /// <summary>The unique or foreign key constraint; null where the row itself is in conflict.</summary>
    public string? Constraint { get; init; }

    /// <summary>What the row became, where that is neither the winner nor the loser; null: the winner's row.</summary>
    public IReadOnlyDictionary<string, string?>? ResultRow { get; init; }

    /// <summary>The conflicts that a settlement has decided: one for each version that lost.</summary>
    public static IEnumerable<DecidedConflict> Of(Settlement settlement)
    {
        var winner = settlement.Conflict.Contenders[settlement.Resolution.Winner];
        return settlement.Conflict.Contenders.Where(c => c != winner)
            .Select(c => new DecidedConflict(settlement.Key, winner.Version, winner.Row, c.Version, c.Row) { ResultRow = settlement.Resolution.Row });
    }
}
