namespace Bucardo.Engine.Capture;

/// <summary>
/// Something that keeps two rows of a table from standing side by side: a unique index over columns or expressions, whole or partial, or an exclusion constraint.
/// </summary>
/// <param name="Name">Name of the index behind it.</param>
/// <param name="Expressions">What is compared: SQL over the table's unqualified columns, with its collation.</param>
/// <param name="Operators">Per expression, the qualified operator that holds between rows that exclude each other.</param>
/// <param name="Predicate">For which rows it holds; null: for all.</param>
/// <param name="NullsAreEqual">Whether two NULLs count as the same (NULLS NOT DISTINCT).</param>
/// <param name="IsImmediate">False for a deferrable constraint: a trigger checks it, which does not fire where rows are applied as a replica.</param>
public sealed record UniqueRule(
    string Name, IReadOnlyList<string> Expressions, IReadOnlyList<string> Operators, string? Predicate, bool NullsAreEqual, bool IsImmediate);
