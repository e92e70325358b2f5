namespace Bucardo.Model;

/// <summary>What a database does in a database group.</summary>
public enum DatabaseRole
{
    /// <summary>Its changes are captured and sent; it receives the other sources' changes.</summary>
    Source,

    /// <summary>It only receives.</summary>
    Target,
}

/// <summary>Whether a database takes part in rounds.</summary>
public enum DatabaseStatus
{
    /// <summary>It takes part whenever it can be reached.</summary>
    Active,

    /// <summary>It is left out until somebody activates it; its peers keep what it misses.</summary>
    Inactive,

    /// <summary>The service could not reach it and tries again with back-off.</summary>
    Stalled,
}

/// <summary>Whether a sync is run by the service.</summary>
public enum SyncStatus
{
    /// <summary>Capture is installed and the service runs rounds.</summary>
    Active,

    /// <summary>No rounds are run; changes go on being captured where capture is installed.</summary>
    Inactive,
}

/// <summary>What kind of relation an entry of the table <c>goat</c> describes.</summary>
public enum RelationType
{
    /// <summary>An ordinary or partitioned table.</summary>
    Table,

    /// <summary>A sequence.</summary>
    Sequence,
}

/// <summary>How a round ended.</summary>
public enum RunOutcome
{
    /// <summary>It has not ended.</summary>
    Running,

    /// <summary>Rows moved.</summary>
    Good,

    /// <summary>There was nothing to do.</summary>
    Empty,

    /// <summary>It failed; the error says why.</summary>
    Bad,
}

/// <summary>What two versions are in conflict about.</summary>
public enum ConflictKind
{
    /// <summary>The same row was changed twice.</summary>
    Row,

    /// <summary>Two rows have the same unique value.</summary>
    Unique,

    /// <summary>A row refers to one that is gone.</summary>
    ForeignKey,
}

/// <summary>How a conflict ended.</summary>
public enum ConflictOutcome
{
    /// <summary>The winner's row stands, the loser's is gone.</summary>
    Winner,

    /// <summary>The row was made of both.</summary>
    Merged,
}

/// <summary>What somebody waits for.</summary>
public enum SyncGoal
{
    /// <summary>What was committed on the sources when the waiting began has reached every active database.</summary>
    CaughtUp,

    /// <summary>A service runs the sync.</summary>
    Served,

    /// <summary>No service runs it any more.</summary>
    Released,
}

/// <summary>Whether a sync is well.</summary>
public enum SyncHealth
{
    /// <summary>Everything is as it should be.</summary>
    Good,

    /// <summary>It goes on, but somebody should have a look.</summary>
    Warning,

    /// <summary>It does not replicate.</summary>
    Bad,

    /// <summary>It was stopped by hand and is not meant to replicate.</summary>
    Off,
}
