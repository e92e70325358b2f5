namespace Bucardo.Engine.Replication.Nodes;

/// <summary>What became of staged rows that were written while others were still on their way.</summary>
public enum PartOutcome
{
    /// <summary>They are written.</summary>
    Written,

    /// <summary>They are written, and none of them had been there.</summary>
    AllNew,

    /// <summary>Unique values change places between them and rows that are still to come: all parts of the table have been taken back, to be written together.</summary>
    NeedsAll,
}
