namespace Bucardo.Engine.Replication.Decisions;

/// <summary>
/// Custom code decides between the versions of a row, or makes one of them. Where it is not asked (two rows with the same unique value, an orphan) the latest change wins.
/// </summary>
/// <param name="name">Name of the code.</param>
/// <param name="resolver">Asks it; null where nobody is to ask it, as for a plan of a round: then nothing is decided.</param>
public sealed class CustomStrategy(string name, IConflictResolver? resolver = null) : ConflictStrategy, IConflictResolver
{
    /// <summary>Name of the code.</summary>
    public string Name => name;

    /// <summary>The strategy with somebody who can ask the code.</summary>
    public CustomStrategy With(IConflictResolver asker) => new(name, asker);

    /// <inheritdoc/>
    public override int Compare(RowVersion x, RowVersion y) => ByTime(x, y);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Resolution>> ResolveAsync(IReadOnlyList<ConflictCase> conflicts, CancellationToken cancellation) =>
        resolver?.ResolveAsync(conflicts, cancellation) ?? Task.FromResult<IReadOnlyList<Resolution>>([.. conflicts.Select(_ => new Resolution(0) { Undecided = $"Custom code {name} is not asked." })]);
}
