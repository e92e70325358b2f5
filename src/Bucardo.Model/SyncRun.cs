namespace Bucardo.Model;

/// <summary>One round of a sync: a row of <c>bucardo.syncrun</c>, and what running a round returns.</summary>
public sealed record SyncRun
{
    /// <summary>Number of the run; 0 when it was not recorded.</summary>
    public long Id { get; init; }

    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>How it ended.</summary>
    public RunOutcome Outcome { get; init; }

    /// <summary>When it began, by the clock of the process that ran it.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan? Duration => Ended - Started;

    /// <summary>Rows inserted, summed over all databases that were written.</summary>
    public long Inserts { get; init; }

    /// <summary>Rows updated, summed over all databases that were written.</summary>
    public long Updates { get; init; }

    /// <summary>Rows deleted, summed over all databases that were written.</summary>
    public long Deletes { get; init; }

    /// <summary>Truncations carried out, summed over all databases that were written.</summary>
    public long Truncates { get; init; }

    /// <summary>Keys that were changed on more than one source.</summary>
    public long Conflicts { get; init; }

    /// <summary>Keys left for the next round because somebody changed them while this one ran.</summary>
    public long Deferred { get; init; }

    /// <summary>Databases that could not take part, with the reason.</summary>
    public IReadOnlyList<NodeProblem> Problems { get; init => field = value.ToArray(); } = [];

    /// <summary>What it did, or why it failed, in one sentence.</summary>
    public string? Status { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Sync}: {Outcome}";
}

/// <summary>Why one database did not take part in a round, or not to its end.</summary>
/// <param name="Database">Name of the database.</param>
/// <param name="Message">What happened and what to do.</param>
public sealed record NodeProblem(string Database, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Database}: {Message}";
}

/// <summary>A sync's state in one line, as <c>bucardo status</c> shows it.</summary>
public sealed record SyncState
{
    /// <summary>Name of the sync.</summary>
    public required string Name { get; init; }

    /// <summary><c>Good</c>, <c>Bad</c>, <c>Empty</c>, <c>Running</c>, <c>Paused</c>, <c>Inactive</c> or <c>No records found</c>.</summary>
    public required string State { get; init; }

    /// <summary>When the last round that moved rows ended.</summary>
    public DateTimeOffset? LastGood { get; init; }

    /// <summary>How long that round took.</summary>
    public TimeSpan? LastGoodDuration { get; init; }

    /// <summary>Rows that it inserted or updated.</summary>
    public long Inserts { get; init; }

    /// <summary>Rows that it deleted.</summary>
    public long Deletes { get; init; }

    /// <summary>Conflicts that it decided.</summary>
    public long Conflicts { get; init; }

    /// <summary>Versions that lost a conflict within the last 24 hours, as far as the history has them.</summary>
    public long RecentConflicts { get; init; }

    /// <summary>When the last round failed; null when the sync has never failed.</summary>
    public DateTimeOffset? LastBad { get; init; }

    /// <summary>The error of that round.</summary>
    public string? LastError { get; init; }

    /// <summary>What the last recorded round said of itself: databases that were away, tables that are paused.</summary>
    public string? LastStatus { get; init; }

    /// <summary>How far the sources' clocks are off, as a service measured it last.</summary>
    public IReadOnlyList<NodeClock> Clocks { get; init => field = value.ToArray(); } = [];

    /// <summary>True when a service runs this sync at the moment.</summary>
    public bool Served { get; init; }

    /// <summary>Whether it is well.</summary>
    public SyncHealth Health { get; init; }

    /// <summary>If it is not well: what is wrong, where, and what to do, one sentence each.</summary>
    public IReadOnlyList<string> Reasons { get; init => field = value.ToArray(); } = [];

    /// <summary>How each database is doing, in the group's order; empty where they were not asked.</summary>
    public IReadOnlyList<SyncNode> Nodes { get; init => field = value.ToArray(); } = [];

    /// <summary>Change rows that wait, over all databases.</summary>
    public long Pending => Nodes.Sum(n => n.Pending);

    /// <summary>How long the oldest of them has been waiting.</summary>
    public TimeSpan Lag => Nodes.Select(n => n.Lag).DefaultIfEmpty().Max();

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {State}";
}

/// <summary>What came of a kick.</summary>
public sealed record KickResult
{
    /// <summary>Name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary><c>Sent</c> (nobody waited), <c>Done</c>, <c>TimedOut</c> or <c>Failed</c>.</summary>
    public required string Result { get; init; }

    /// <summary>How long the caller waited.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The round that answered the kick, when one was waited for.</summary>
    public SyncRun? Run { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Sync}: {Result}";
}
