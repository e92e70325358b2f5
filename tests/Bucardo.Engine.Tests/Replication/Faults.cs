using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>Fault points that note what is reached and do what a test asks.</summary>
sealed class Faults : IFaultPoints
{
    readonly Lock _lock = new();
    readonly List<(string Point, string Node)> _reached = [];

    /// <summary>What to do at a point; set to null to do nothing.</summary>
    public Action<string, string>? On { get; set; }

    /// <summary>The points reached so far.</summary>
    public IReadOnlyList<(string Point, string Node)> Reached
    {
        get
        {
            lock (_lock) return [.. _reached];
        }
    }

    /// <summary>Forgets the points reached so far.</summary>
    public void Clear()
    {
        lock (_lock) _reached.Clear();
    }

    /// <summary>Does something once, when the point is reached on the node for the first time.</summary>
    public void Once(string point, string node, Action action)
    {
        var done = 0;
        On = (p, n) =>
        {
            if (p == point && n == node && Interlocked.Exchange(ref done, 1) == 0) action();
        };
    }

    /// <summary>Runs SQL on a node when the point is reached there for the first time, as an application would.</summary>
    public void WriteOnce(string point, Nodes nodes, int node, string sql) =>
        Once(point, $"n{node + 1}", () => Task.Run(() => nodes.ExecuteAsync(node, sql)).GetAwaiter().GetResult());

    public void Reach(string point, string node)
    {
        lock (_lock) _reached.Add((point, node));
        On?.Invoke(point, node);
    }
}
