namespace Bucardo.Engine.Service;

/// <summary>Kicks that wait for a worker. Any number of them becomes one round; the tokens of those who wait for the answer are kept.</summary>
sealed class KickBox
{
    readonly object _lock = new();
    readonly List<string> _tokens = [];
    TaskCompletionSource _signal = New();
    bool _kicked;

    public void Kick(string? token = null)
    {
        lock (_lock)
        {
            _kicked = true;
            if (!string.IsNullOrEmpty(token)) _tokens.Add(token);
            _signal.TrySetResult();
        }
    }

    /// <summary>Whether somebody waits for the answer.</summary>
    public bool HasTokens
    {
        get
        {
            lock (_lock) return _tokens.Count > 0;
        }
    }

    /// <summary>Takes everything that has come: what comes from now on asks for another round.</summary>
    public (bool Kicked, IReadOnlyList<string> Tokens) Take()
    {
        lock (_lock)
        {
            var taken = (_kicked, _tokens.ToList());
            _kicked = false;
            _tokens.Clear();
            if (_signal.Task.IsCompleted) _signal = New();
            return taken;
        }
    }

    /// <summary>Takes note of the kicks so far; those who wait for an answer go on waiting.</summary>
    public void TakeKick()
    {
        lock (_lock)
        {
            _kicked = false;
            if (_signal.Task.IsCompleted) _signal = New();
        }
    }

    /// <summary>Waits for a kick, for a time at most.</summary>
    public async Task WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        Task signal;
        lock (_lock) signal = _signal.Task;
        try
        {
            await signal.WaitAsync(limit, time, cancellation);
        }
        catch (TimeoutException)
        {
            // Then it is time for what the caller had planned.
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
