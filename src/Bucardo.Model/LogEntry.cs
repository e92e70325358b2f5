namespace Bucardo.Model;

/// <summary>A line of a service's log.</summary>
public sealed record LogEntry
{
    /// <summary>When it was written; null for what is no line of the service's own, such as what the runtime prints when it crashes.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary><c>trace</c>, <c>debug</c>, <c>info</c>, <c>warning</c> or <c>error</c>.</summary>
    public required string Level { get; init; }

    /// <summary>What it says.</summary>
    public required string Message { get; init; }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Time:yyyy-MM-dd HH:mm:ss} {Level} {Message}";
}

/// <summary>How a service answered.</summary>
public sealed record ServicePing
{
    /// <summary>Name of the machine that it runs on.</summary>
    public required string HostName { get; init; }

    /// <summary>Its process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Whether it answered in time.</summary>
    public bool Answered { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan? ResponseTime { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{HostName}:{ProcessId}: {(Answered ? "answers" : "does not answer")}";
}
