namespace Bucardo.Bench.Stages;

/// <summary>What a stage is to be like.</summary>
sealed record StageOptions
{
    /// <summary>The nodes' roles, a letter each: s (source) or t (target).</summary>
    public string Roles { get; init; } = "st";

    /// <summary>All nodes in one cluster; else each has its own.</summary>
    public bool OneCluster { get; init; }

    /// <summary>What they all hold to begin with; it has to do the same wherever it runs.</summary>
    public required Func<BenchNode, CancellationToken, Task> Fill { get; init; }

    /// <summary>Further settings of the servers.</summary>
    public IReadOnlyDictionary<string, string> ServerSettings { get; init; } = new Dictionary<string, string>();
}
