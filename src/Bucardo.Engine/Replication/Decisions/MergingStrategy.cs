namespace Bucardo.Engine.Replication.Decisions;

/// <summary>
/// The strategy of a table whose rows are merged: another one decides what cannot be merged, this one brings the rest together. What it makes is a version of its own, so it always settles.
/// </summary>
/// <param name="inner">The table's strategy.</param>
/// <param name="mergeColumns">Whether columns are told apart.</param>
/// <param name="keyColumns">The columns of the key.</param>
/// <param name="counterTypes">The counters with their types.</param>
public sealed class MergingStrategy(ConflictStrategy inner, bool mergeColumns, IReadOnlyCollection<string> keyColumns, IReadOnlyDictionary<string, string> counterTypes) : ConflictStrategy, IConflictResolver
{
    /// <inheritdoc/>
    public override ConflictAction Action => inner.Action;

    /// <inheritdoc/>
    public override bool LooksAtAllTables => inner.LooksAtAllTables;

    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y) => inner.Compare(x, y);

    /// <inheritdoc/>
    public override ConflictStrategy For(IEnumerable<NodeTableFacts> facts) => new MergingStrategy(inner.For(facts), mergeColumns, keyColumns, counterTypes);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Resolution>> ResolveAsync(IReadOnlyList<ConflictCase> conflicts, CancellationToken cancellation)
    {
        var merge = new RowMerge(inner, mergeColumns, keyColumns, counterTypes);
        var decided = inner is IConflictResolver resolver ? await resolver.ResolveAsync(conflicts, cancellation) : [.. conflicts.Select(_ => new Resolution(0))];
        return [.. conflicts.Zip(decided, (conflict, resolution) => resolution.Undecided is null ? merge.Merge(conflict, resolution) with { IsCustom = resolution.IsCustom } : resolution)];
    }
}
