namespace Bucardo.Engine.Replication.Decisions;

/// <summary>
/// Brings the versions of a row together: counters add up, and of every other column the last change survives. The strategy decides whether there is a row at all, and between changes of one
/// column that were made without knowing of each other.
/// </summary>
/// <param name="strategy">Compares changes of one column; one that looks at rows instead has the row decide that wins.</param>
/// <param name="mergeColumns">Whether columns are told apart; else all but the counters are the winner's.</param>
/// <param name="keyColumns">The columns of the key: the winner's.</param>
/// <param name="counterTypes">The counters with their types.</param>
public sealed class RowMerge(ConflictStrategy strategy, bool mergeColumns, IReadOnlyCollection<string> keyColumns, IReadOnlyDictionary<string, string> counterTypes)
{
    /// <summary>Resolves a conflict, given how it ends as far as it cannot be merged: a row that the strategy has made itself keeps its columns, but counters add up all the same.</summary>
    public Resolution Merge(ConflictCase conflict, Resolution decided)
    {
        var winner = decided.Winner;
        // Nobody has counted yet: there is nothing to go by.
        if (conflict.Contenders.All(c => c.State is null)) return decided;
        var states = conflict.Contenders.Select(StateOf).ToList();
        var merged = Union(states, states[winner]);
        if (conflict.Contenders[winner].Row is not { } row) return new Resolution(winner) { State = merged.ToString() };

        var result = (decided.Row ?? row).ToDictionary(r => r.Key, r => r.Value);
        if (mergeColumns && decided.Row is null)
        {
            var present = Enumerable.Range(0, states.Count).Where(i => conflict.Contenders[i].Row is not null).OrderByDescending(i => i == winner).ToList();
            foreach (var column in row.Keys.Where(c => !keyColumns.Contains(c) && !counterTypes.ContainsKey(c)))
            {
                var last = Last(column, present, states, winner);
                result[column] = conflict.Contenders[last].Row!.GetValueOrDefault(column);
                if (states[last].StampOf(column) is { } stamp) merged.Stamps[column] = stamp;
            }
        }
        foreach (var (counter, type) in counterTypes)
        {
            var sum = merged.Sum(counter);
            // The text that is there already may be NULL, or have other zeros behind its point.
            result[counter] = sum.CompareTo(states[winner].Sum(counter)) == 0 ? row.GetValueOrDefault(counter) : sum.Within(type).ToString();
        }
        return new Resolution(winner, row.All(r => result.GetValueOrDefault(r.Key) == r.Value) ? null : result) { State = merged.ToString() };
    }

    // A row that nobody has counted in starts from the value that it has.
    MergeState StateOf(Contender contender)
    {
        var state = MergeState.Parse(contender.State);
        foreach (var counter in counterTypes.Keys.Where(c => !state.Counters.ContainsKey(c)))
        {
            if (contender.Row is not null && ExactNumber.TryParse(contender.Row.GetValueOrDefault(counter), out var value))
                state.Counters[counter] = new() { [MergeState.Base] = value };
        }
        return state;
    }

    static MergeState Union(List<MergeState> states, MergeState winner)
    {
        var merged = new MergeState { Life = winner.Life.Length > 0 ? winner.Life : states.First(s => s.Life.Length > 0).Life };
        foreach (var (writer, changes) in states.SelectMany(s => s.Changes))
            merged.Changes[writer] = Math.Max(changes, merged.Changes.GetValueOrDefault(writer));
        var byPreference = states.OrderByDescending(s => s == winner).ToList();
        foreach (var counter in states.SelectMany(s => s.Counters.Keys).Distinct())
        {
            var entries = merged.Counters[counter] = [];
            foreach (var writer in states.Where(s => s.Counters.ContainsKey(counter)).SelectMany(s => s.Counters[counter].Keys).Distinct())
            {
                var latest = byPreference.Where(s => s.Counters.TryGetValue(counter, out var own) && own.ContainsKey(writer)).MaxBy(s => s.Changes.GetValueOrDefault(writer))!;
                entries[writer] = latest.Counters[counter][writer];
            }
        }
        foreach (var (column, stamp) in winner.Stamps) merged.Stamps[column] = stamp;
        return merged;
    }

    // Index of the version with the column's last change; the first one given is preferred where several have it.
    int Last(string column, IReadOnlyList<int> present, IReadOnlyList<MergeState> states, int winner)
    {
        var left = present.Where(i => !present.Any(j => IsUnder(states[i], states[j], column))).ToList();
        if (left.Count == 0) left = [.. present];
        var best = left[0];
        if (best == winner && strategy is IConflictResolver) return winner;
        foreach (var other in left.Skip(1))
        {
            var (x, y) = (states[other].StampOf(column), states[best].StampOf(column));
            if (x is { } change && (y is not { } against || (SameChange(change, against) ? 0 : strategy.Compare(change.Version, against.Version)) > 0)) best = other;
        }
        return best;
    }

    // Whether the column's last change in one version was known where the other one was made.
    static bool IsUnder(MergeState state, MergeState other, string column)
    {
        var (mine, theirs) = (state.StampOf(column), other.StampOf(column));
        if (theirs is null || (mine is { } a && SameChange(a, theirs.Value))) return false;
        return other.Covers(mine) && !state.Covers(theirs);
    }

    static bool SameChange(ColumnStamp x, ColumnStamp y) => x.Writer == y.Writer && x.Number == y.Number;
}
