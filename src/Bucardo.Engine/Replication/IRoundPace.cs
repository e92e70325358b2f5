namespace Bucardo.Engine.Replication;

/// <summary>Whoever runs a session's rounds, as long as one of them goes on beside others: while a target with a backlog is brought level, the other nodes have rounds as they want them.</summary>
public interface IRoundPace
{
    /// <summary>Whether the round should come to its end, although somebody is still behind: the next one goes on.</summary>
    bool IsEnough { get; }

    /// <summary>Waits until the other nodes should have another round.</summary>
    /// <param name="last">What their last one did.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="until">Ends the wait, too.</param>
    /// <param name="cancellation">Cancels it.</param>
    Task NextAsync(RoundResult last, TimeSpan took, Task until, CancellationToken cancellation);
}
