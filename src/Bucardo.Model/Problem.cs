namespace Bucardo.Model;

/// <summary>Something that validation found.</summary>
/// <param name="Code">Stable identifier, such as <c>TableWithoutKey</c>.</param>
/// <param name="Object">The table, database or sync that it is about.</param>
/// <param name="Database">The database where it was found; null for the control database.</param>
/// <param name="Message">One sentence: what is wrong, where, and the remedy.</param>
public sealed record Problem(string Code, string Object, string? Database, string Message)
{
    /// <summary>Whether <c>Test-BucardoSync -Repair</c> can mend it.</summary>
    public bool IsRepairable { get; init; }

    /// <summary>Whether it has been mended.</summary>
    public bool IsRepaired { get; init; }

    /// <summary>Whether it stands in the way.</summary>
    public ProblemSeverity Severity { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Message;
}

/// <summary>How bad a problem is.</summary>
public enum ProblemSeverity
{
    /// <summary>It has to be mended first.</summary>
    Error,

    /// <summary>Replication works, though not as well as it could.</summary>
    Warning,
}

/// <summary>What a test of a database found.</summary>
public sealed record DatabaseTest
{
    /// <summary>Name of the database.</summary>
    public required string Name { get; init; }

    /// <summary>True when it can be reached and everything that replication needs is allowed.</summary>
    public bool Ready => Problems.Count == 0;

    /// <summary>Server version, when it could be reached.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The role logged in as.</summary>
    public string? UserName { get; init; }

    /// <summary><c>replica</c> when the role may set session_replication_role, else <c>origin</c>: how rows are applied.</summary>
    public string? ApplyMode { get; init; }

    /// <summary>How long connecting took.</summary>
    public TimeSpan? ConnectTime { get; init; }

    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<Problem> Problems { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {(Ready ? "ready" : Problems[0].Message)}";
}

/// <summary>A running daemon.</summary>
public sealed record ServiceInfo
{
    /// <summary>Number of this start of the service.</summary>
    public required long Id { get; init; }

    /// <summary>Name of the machine that it runs on.</summary>
    public required string HostName { get; init; }

    /// <summary>Its process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>When it started, by the control database's clock.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>The syncs that it runs at the moment.</summary>
    public IReadOnlyList<string> Syncs { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{HostName}:{ProcessId}";
}
