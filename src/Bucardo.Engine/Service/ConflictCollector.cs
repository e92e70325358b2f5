using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Brings a sync's conflicts from the nodes to the control database, beside the rounds and on connections of its own: no round waits for it. Under load once a second; what cannot be brought
/// now, because a node or the control database is away, waits on the nodes. It begins with what earlier services have left there.
/// </summary>
sealed class ConflictCollector
{
    static readonly TimeSpan s_together = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(60);
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    readonly SyncDefinition _definition;
    readonly Func<ControlDatabase?> _control;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly SemaphoreSlim _wanted = new(1, 1);
    readonly CancellationTokenSource _stopping = new();
    readonly Task _completion;
    volatile bool _isComplete;

    /// <summary>Creates it and starts it.</summary>
    public ConflictCollector(SyncDefinition definition, Func<ControlDatabase?> control, TimeProvider time, ILogger log)
    {
        (_definition, _control, _time, _log) = (definition, control, time, log);
        _completion = Task.Run(RunAsync);
    }

    /// <summary>Says that there is something to bring.</summary>
    public void Ask()
    {
        try
        {
            if (_wanted.CurrentCount == 0) _wanted.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody has asked at the same moment.
        }
    }

    /// <summary>Brings what the last rounds have left, if that is possible within a time, and ends.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await _stopping.CancelAsync();
        await _completion;
        if (_isComplete && _wanted.CurrentCount == 0) return;
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await BringAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // It waits for the sync's next worker.
        }
    }

    async Task RunAsync()
    {
        var failures = 0;
        try
        {
            while (true)
            {
                if (failures == 0) await _wanted.WaitAsync(_stopping.Token);
                else await Task.Delay(Wait(failures), _time, _stopping.Token);
                _isComplete = false;
                _isComplete = await BringAsync(_stopping.Token);
                failures = _isComplete ? 0 : failures + 1;
                await Task.Delay(s_together, _time, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    static TimeSpan Wait(int failures)
    {
        var wait = s_together * Math.Pow(2, Math.Min(failures, 10));
        return wait < s_longestWait ? wait : s_longestWait;
    }

    // Whether nothing had to be left for later.
    async Task<bool> BringAsync(CancellationToken cancellation)
    {
        var complete = true;
        foreach (var member in _definition.Members.Where(m => m.Status != DatabaseStatus.Inactive))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(s_patience);
            try
            {
                if (_control() is not { } control) return false;
                await using var node = await NodeConnection.OpenAsync(member.Connection, member.Name, "conflicts", limit.Token);
                await ConflictMover.MoveAsync(control, _definition.Sync, member, node, limit.Token);
            }
            catch (Exception e) when (e is BucardoException or NpgsqlException or IOException or TimeoutException or InvalidOperationException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                // A node that is away has been reported by its rounds; InvalidOperationException: the service has just given the control database up.
                _log.LogDebug("Sync {Sync}: conflicts wait on database {Database}. {Reason}", _definition.Sync.Name, member.Name, e.Message);
                complete = false;
            }
        }
        return complete;
    }
}
