using Bucardo.Model;

namespace Bucardo.Engine.Capture;

/// <summary>What of a table's rows is merged in a conflict instead of losing it.</summary>
/// <param name="Columns">Whether columns are told apart.</param>
/// <param name="Counters">Columns whose changes add up.</param>
public sealed record MergeSettings(bool Columns, IReadOnlyList<string> Counters)
{
    /// <summary>What the table asks for.</summary>
    public static MergeSettings Of(Table table) => new(table.MergeColumns, table.Counters);

    /// <summary>Whether anything is merged, so that rows have a state that capture keeps.</summary>
    public bool Any => Columns || Counters.Count > 0;
}
