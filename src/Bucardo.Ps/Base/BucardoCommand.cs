using System.Management.Automation;

namespace Bucardo.Ps.Base;

/// <summary>
/// The root of all cmdlets. It owns cancellation (Ctrl+C), the bridge from the asynchronous engine to the pipeline thread, and the shape of errors:
/// an error that concerns one item is non-terminating and the rest goes on.
/// </summary>
public abstract partial class BucardoCommand : PSCmdlet, IDisposable
{
    // Not disposed: it holds no timer, and work that outlives a stop may still look at its token.
    readonly CancellationTokenSource _stop = new();
    volatile PipelineBridge? _bridge;

    /// <summary>Cancelled when the user stops the command.</summary>
    protected CancellationToken StopToken => _stop.Token;

    /// <summary>How long a call may take to wind up after Ctrl+C before the command returns without it.</summary>
    protected virtual TimeSpan Grace => TimeSpan.FromSeconds(1);

    /// <summary>Runs an engine call; meanwhile, the pipeline thread carries out what is posted.</summary>
    protected T Call<T>(Func<CancellationToken, Task<T>> work)
    {
        var bridge = new PipelineBridge();
        _bridge = bridge;
        try
        {
            return bridge.Run(work, Grace, _stop.Token);
        }
        finally
        {
            _bridge = null;
        }
    }

    /// <summary>Runs an engine call that returns nothing.</summary>
    protected void Call(Func<CancellationToken, Task> work) => Call(async cancellation =>
    {
        await work(cancellation);
        return true;
    });

    /// <summary>Has the pipeline thread do something while a call runs. Any thread may call it; it does not wait.</summary>
    internal void Post(Action action) => _bridge?.Post(action);

    /// <summary>Does something for each item; an error of one item is written and the next one is taken.</summary>
    protected void ForEach<T>(IEnumerable<T>? items, Action<T> action)
    {
        foreach (var item in items ?? []) Attempt(item, () => action(item));
    }

    /// <summary>Does something; what goes wrong becomes a non-terminating error about the target.</summary>
    /// <returns>False if it went wrong.</returns>
    protected bool Attempt(object? target, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception error) when (error is not RuntimeException)
        {
            // PowerShell's own exceptions (a stopped pipeline, -ErrorAction Stop) are RuntimeExceptions and pass.
            WriteError(ErrorRecords.From(error, target));
            return false;
        }
    }

    /// <summary>Does something without which the command cannot go on; what goes wrong ends the command.</summary>
    protected T Require<T>(object? target, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is not RuntimeException)
        {
            ThrowTerminatingError(ErrorRecords.From(error, target));
            throw; // not reached
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Releases what the command holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the command holds.</summary>
    protected virtual void Dispose(bool disposing) => _stop.Cancel();
}
