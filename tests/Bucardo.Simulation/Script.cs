namespace Bucardo.Simulation;

enum StatementKind
{
    Put,
    Delete,
    Move,
    Truncate,
}

/// <summary>One statement of a user: a row is written, deleted, given another key; a table is truncated.</summary>
sealed record Statement(StatementKind Kind, int Table, string? Key = null, string? To = null);

/// <summary>One line of a script.</summary>
abstract record Event;

/// <summary>A user's transaction on a node, which may stay open.</summary>
sealed record UserEvent(int Node, bool StaysOpen, IReadOnlyList<Statement> Statements) : Event;

/// <summary>The oldest open transaction on a node ends.</summary>
sealed record EndEvent(int Node, bool Commits) : Event;

/// <summary>A node's server dies and comes back.</summary>
sealed record CrashEvent(int Node) : Event;

/// <summary>A node's standby gets nothing more of what its server writes.</summary>
sealed record LagEvent(int Node) : Event;

/// <summary>A node's server dies, and its standby is promoted.</summary>
sealed record FailoverEvent(int Node) : Event;

/// <summary>The nodes learn what their peers have seen, and purge. No standby lags so far behind that it lacks what is purged: it would be refused.</summary>
sealed record PurgeEvent(IReadOnlyList<int> Nodes) : Event;

/// <summary>A daemon begins a round, or only one step of one, among some nodes.</summary>
sealed record RoundEvent(string Daemon, bool IsStep, IReadOnlyList<int> Nodes, IReadOnlyList<PointEvent> During) : Event
{
    /// <summary>The nodes to which it writes, as where some of them are brought level apart; empty: all.</summary>
    public IReadOnlyList<int> Receiving { get; init; } = [];
}

/// <summary>A daemon that was paused goes on.</summary>
sealed record ResumeEvent(string Daemon) : Event;

/// <summary>A place in a round: before or after an effect on a node, the n-th time that it is reached.</summary>
sealed record Point(bool After, string Effect, int Node, int Occurrence);

/// <summary>What happens at a place in a round: an event of a user or node, or one of the following.</summary>
sealed record PointEvent(Point At, Event What);

/// <summary>The daemon's connection to the node is lost. After a commit, it never learns that it worked.</summary>
sealed record LostEvent : Event;

/// <summary>The daemon dies.</summary>
sealed record DieEvent : Event;

/// <summary>The daemon's dealings with the node hang, until it is resumed.</summary>
sealed record PauseEvent : Event;

/// <summary>A history as data: what there is, and what happens, in order. It can be shortened, printed, read and played again.</summary>
sealed record Script
{
    /// <summary>The effects of a round, each a place before and a place after.</summary>
    public static IReadOnlyList<string> Effects { get; } =
        ["snapshot", "count", "cut", "truncations", "collect", "contest", "pick", "send", "begin", "truncate", "apply", "settle", "finish", "record", "commit"];

    /// <summary>A letter a node: s for a source, t for a target. Their names are n1, n2, ...</summary>
    public required string Roles { get; init; }

    /// <summary>The strategy of all tables, or one each for table 1 and table 2.</summary>
    public required IReadOnlyList<string> Strategies { get; init; }

    /// <summary>Changes that a step reads of a node at most.</summary>
    public int Step { get; init; } = 1000;

    /// <summary>By how many seconds each node's clock is wrong.</summary>
    public required IReadOnlyList<int> Skew { get; init; }

    public required IReadOnlyList<Event> Events { get; init; }

    /// <summary>Whether every node logs what it receives, so that what a server has lost comes back from those that had got it.</summary>
    public bool EveryNodeLogs => Roles.Length > 2 && Roles.Count(r => r == 's') > 1;

    /// <summary>Whether, of two versions, the later one is preferred, or none.</summary>
    public bool RanksByTime => Strategies.All(s => s is "bucardo_latest" or "bucardo_abort");

    /// <summary>All statements of all users.</summary>
    public IEnumerable<Statement> Statements => Users.SelectMany(u => u.Statements);

    /// <summary>Whether a transaction stays open.</summary>
    public bool Opens => Users.Any(u => u.StaysOpen);

    IEnumerable<UserEvent> Users => Events.Concat(Events.OfType<RoundEvent>().SelectMany(r => r.During.Select(d => d.What))).OfType<UserEvent>();
}
