using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>What a round needs to bring those level who have a backlog, while it goes on among the others.</summary>
interface ICatchUpHost
{
    /// <summary>Whether the round should come to its end, although somebody is still behind: the next one goes on.</summary>
    bool IsEnough { get; }

    /// <summary>Connects to the sources once more, for reading, and returns them with the nodes that are behind; null: such connections cannot be had just now.</summary>
    Task<CatchUpNodes?> OpenAsync(IReadOnlySet<int> behind, CancellationToken cancellation);

    /// <summary>After a round of the others: waits until they should have another one.</summary>
    /// <param name="others">The others.</param>
    /// <param name="result">What the round did.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="until">Ends the wait, too.</param>
    /// <param name="cancellation">Cancels it.</param>
    Task WaitAsync(IReadOnlyList<IRoundNode> others, RoundResult result, TimeSpan took, Task until, CancellationToken cancellation);
}

/// <summary>The nodes of a catch-up, with what has to be closed after it.</summary>
sealed class CatchUpNodes(IReadOnlyList<IRoundNode> nodes, IReadOnlyList<IAsyncDisposable> opened) : IAsyncDisposable
{
    public IReadOnlyList<IRoundNode> Nodes => nodes;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in opened) await one.DisposeAsync();
    }
}

/// <summary>Some targets have a backlog that the others have not.</summary>
sealed class BacklogException(IReadOnlySet<int> behind) : Exception("A target has a backlog.")
{
    /// <summary>Their ids.</summary>
    public IReadOnlySet<int> Behind => behind;
}
