namespace Bucardo.Engine.Capture;

/// <summary>What happens to a row when the row that it refers to is deleted.</summary>
public enum DeleteAction
{
    /// <summary>The deletion is refused (NO ACTION, RESTRICT).</summary>
    Refuse,

    /// <summary>The row goes too.</summary>
    Cascade,

    /// <summary>It refers to nothing from then on.</summary>
    SetNull,

    /// <summary>It refers to the default from then on.</summary>
    SetDefault,
}

/// <summary>A foreign key of a table.</summary>
/// <param name="Name">Name of the constraint.</param>
/// <param name="Parent">Oid of the table that it refers to.</param>
/// <param name="Columns">The referring columns.</param>
/// <param name="ParentColumns">The columns that they refer to.</param>
/// <param name="Operators">Per column, the qualified operator: the parent's column is its left side.</param>
/// <param name="OnDelete">What a deletion of the parent does.</param>
/// <param name="SetColumns">The columns that SET NULL and SET DEFAULT set.</param>
public sealed record ForeignKey(
    string Name, uint Parent, IReadOnlyList<string> Columns, IReadOnlyList<string> ParentColumns, IReadOnlyList<string> Operators, DeleteAction OnDelete, IReadOnlyList<string> SetColumns);
