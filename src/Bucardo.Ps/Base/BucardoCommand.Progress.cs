using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace Bucardo.Ps.Base;

// How long calls show that they are alive.
public abstract partial class BucardoCommand
{
    const int ProgressId = 4711;

    /// <summary>Runs an engine call that may take long, and shows meanwhile how long it has taken.</summary>
    protected T CallWithClock<T>(string activity, Func<CancellationToken, Task<T>> work)
    {
        try
        {
            return Call(async cancellation =>
            {
                using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                var clock = ShowClockAsync(activity, done.Token);
                try
                {
                    return await work(cancellation);
                }
                finally
                {
                    done.Cancel();
                    await clock;
                }
            });
        }
        finally
        {
            EndProgress(activity);
        }
    }

    /// <summary>Shows how far something is. Pipeline thread only.</summary>
    protected void ShowProgress(string activity, string status, int? percent = null) =>
        WriteProgress(new ProgressRecord(ProgressId, activity, status) { PercentComplete = percent ?? -1 });

    /// <summary>Takes the progress display away. Pipeline thread only.</summary>
    protected void EndProgress(string activity)
    {
        if (!_stop.IsCancellationRequested) WriteProgress(new ProgressRecord(ProgressId, activity, "done") { RecordType = ProgressRecordType.Completed });
    }

    async Task ShowClockAsync(string activity, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                // What is done within a second needs no display.
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
                var status = string.Create(CultureInfo.InvariantCulture, $"{(int)watch.Elapsed.TotalSeconds} s");
                Post(() => ShowProgress(activity, status));
            }
        }
        catch (OperationCanceledException)
        {
            // The call has ended.
        }
    }
}
