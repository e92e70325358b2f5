namespace Bucardo.Engine.Replication;

/// <summary>
/// Called before and after every effect of a round, so that tests can stop the process, the node or the network exactly there.
/// </summary>
public interface IFaultPoints
{
    /// <summary>A named point has been reached.</summary>
    /// <param name="point">Name of the point, such as <c>before-commit</c>.</param>
    /// <param name="node">Name of the node that the effect is on.</param>
    void Reach(string point, string node);
}

/// <summary>The fault points of normal operation: nothing happens.</summary>
public sealed class NoFaults : IFaultPoints
{
    /// <summary>The only instance.</summary>
    public static NoFaults Instance { get; } = new();

    /// <inheritdoc/>
    public void Reach(string point, string node)
    {
    }
}
