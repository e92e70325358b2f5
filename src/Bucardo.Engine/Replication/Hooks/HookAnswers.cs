using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Replication.Hooks;

/// <summary>Makes a resolution of what custom code has said. A pure function.</summary>
static class HookAnswers
{
    /// <summary>The resolution.</summary>
    /// <param name="answer">What the code said.</param>
    /// <param name="conflict">The conflict.</param>
    /// <param name="databases">Per version, the database where it was written.</param>
    /// <param name="keyColumns">The columns of the key.</param>
    /// <exception cref="HookFailedException">The answer makes no sense.</exception>
    public static Resolution Check(HookAnswer answer, ConflictCase conflict, IReadOnlyList<string> databases, IReadOnlyList<string> keyColumns)
    {
        var winner = answer.Winner is null ? FirstWithRow(conflict) : databases.ToList().IndexOf(answer.Winner);
        if (winner < 0 && answer.Winner is not null) throw new HookFailedException($"it names '{answer.Winner}' as the winner, but the versions are those of {string.Join(" and ", databases.Distinct())}");
        if (answer.Row is null) return winner < 0 ? throw new HookFailedException("it names no winner") : new Resolution(winner);
        if (winner < 0 || conflict.Contenders[winner].Row is not { } row) throw new HookFailedException("it returned a row, but the version that this would be made of is a deletion");
        if (answer.Row.Keys.FirstOrDefault(c => !row.ContainsKey(c)) is { } unknown) throw new HookFailedException($"it returned a column {unknown}, which the table does not have");
        if (keyColumns.FirstOrDefault(c => answer.Row.TryGetValue(c, out var value) && value != row[c]) is { } changed) throw new HookFailedException($"it changed column {changed}, which is part of the key");
        var made = row.ToDictionary(c => c.Key, c => answer.Row.TryGetValue(c.Key, out var value) ? value : c.Value);
        return made.All(c => c.Value == row[c.Key]) ? new Resolution(winner) : new Resolution(winner, made) { IsCustom = true };
    }

    static int FirstWithRow(ConflictCase conflict) => Enumerable.Range(0, conflict.Contenders.Count).FirstOrDefault(i => conflict.Contenders[i].Row is not null, -1);
}
