using Bucardo.Engine.Replication;

namespace Bucardo.Simulation;

/// <summary>
/// A daemon that runs one round. Its dealings with each node pass through <see cref="ReachAsync"/>, where the script's events of that place happen: the round may wait
/// there while others go on, for the awaited task is completed by hand.
/// </summary>
sealed class Daemon(RoundEvent round, Action<Event> perform, Action<string>? trace)
{
    // No round of a few keys needs as many steps; one that does goes round in circles.
    const int MostSteps = 100;

    readonly Dictionary<(bool After, string Effect, int Node), int> _reached = [];
    readonly List<TaskCompletionSource> _gates = [];
    readonly List<MemorySession> _sessions = [];
    Task<RoundResult>? _task;

    public string Name => round.Daemon;
    public bool IsDead { get; private set; }

    /// <summary>The round's end; null while it is paused.</summary>
    public Task<RoundResult>? Ended => _task is { IsCompleted: true } ? _task : null;

    public void Add(MemorySession session) => _sessions.Add(session);

    /// <summary>Goes on until the round ends or is paused.</summary>
    public void Start(Func<Task<RoundResult>> run) => _task = run();

    /// <summary>Lets everything go on that is paused.</summary>
    public void Resume()
    {
        var gates = _gates.ToList();
        _gates.Clear();
        foreach (var gate in gates) gate.SetResult();
    }

    /// <summary>Dies: every connection is lost at once, and nothing more happens.</summary>
    public void Die()
    {
        IsDead = true;
        foreach (var session in _sessions) session.Break();
        Resume();
    }

    /// <summary>Closes the connections of a round that has ended.</summary>
    public void Close()
    {
        foreach (var session in _sessions) session.Break();
    }

    /// <summary>The round is before or after an effect on a node.</summary>
    public async Task ReachAsync(bool after, string effect, MemorySession session)
    {
        trace?.Invoke($"  {(after ? "after" : "before")} {effect} {session.Name}");
        var place = (after, effect, session.Id);
        var occurrence = _reached[place] = _reached.GetValueOrDefault(place) + 1;
        if (effect == "snapshot" && occurrence > MostSteps && !IsDead)
        {
            IsDead = true;
            throw new InvalidOperationException("the round does not end");
        }
        foreach (var inside in round.During.Where(d => (d.At.After, d.At.Effect, d.At.Node) == place && d.At.Occurrence == occurrence))
        {
            if (IsDead || session.IsBroken) break;
            switch (inside.What)
            {
                case LostEvent:
                    session.Break();
                    break;
                case DieEvent:
                    Die();
                    break;
                case PauseEvent:
                    var gate = new TaskCompletionSource();
                    _gates.Add(gate);
                    await gate.Task;
                    break;
                default:
                    perform(inside.What);
                    break;
            }
        }
        if (IsDead) throw new IOException("the daemon has died");
        if (session.IsBroken) throw new IOException("the connection is lost");
    }
}
