using System.Collections.Concurrent;
using System.Management.Automation;

namespace Bucardo.Ps.Base;

/// <summary>
/// Runs asynchronous work on the thread pool while the pipeline thread carries out what the work wants written:
/// PowerShell accepts output on the pipeline thread only. One bridge serves one call.
/// </summary>
sealed class PipelineBridge
{
    readonly BlockingCollection<Action> _actions = [];

    /// <summary>Queues an action for the pipeline thread. Any thread may call it; what comes after the end of the work is dropped.</summary>
    public void Post(Action action)
    {
        try
        {
            _actions.Add(action);
        }
        catch (InvalidOperationException)
        {
            // The work has ended: a late progress report has nobody left to read it.
        }
    }

    /// <summary>Runs the work to its end. After a stop, or an exception of a queued action, the work gets <paramref name="grace"/> to wind up.</summary>
    /// <exception cref="PipelineStoppedException">The user stopped the command.</exception>
    public T Run<T>(Func<CancellationToken, Task<T>> work, TimeSpan grace, CancellationToken stop)
    {
        if (stop.IsCancellationRequested) throw new PipelineStoppedException();
        // Not disposed: the work may outlive a stop by more than the grace, and still look at its token.
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var task = Task.Run(() => work(cancel.Token), CancellationToken.None);
        task.ContinueWith(_ => _actions.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        try
        {
            foreach (var action in _actions.GetConsumingEnumerable(stop)) action();
        }
        catch
        {
            cancel.Cancel();
            _actions.CompleteAdding();
            WaitForEnd(task, grace);
            if (stop.IsCancellationRequested) throw new PipelineStoppedException();
            throw;
        }

        try
        {
            return task.GetAwaiter().GetResult();
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Whatever a cancelled call ends with, the user asked for it.
            throw new PipelineStoppedException();
        }
    }

    static void WaitForEnd(Task task, TimeSpan grace)
    {
        try
        {
            task.Wait(grace);
        }
        catch (AggregateException)
        {
            // The command is being stopped: what the work died of interests nobody any more.
        }
    }
}
