using System.Diagnostics;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>Waits until a sync has got somewhere.</summary>
public static class SyncWait
{
    static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    // A database that takes a moment to answer is not away.
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Waits until everything that was committed on the sources when it was called has reached every active database; a service that runs the sync is asked for a round. Who runs the rounds does
    /// not matter: what the databases themselves say counts. It is on their disks then.
    /// </summary>
    /// <exception cref="BucardoException">WaitTimedOut, which says what is still missing where; SyncNotFound.</exception>
    public static async Task UntilCaughtUpAsync(ControlDatabase control, string name, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        var until = new Dictionary<int, Snapshot>();
        var pause = s_shortest;
        await SyncOperations.NotifyAsync(control, Channels.Kick(name), "", cancellation);
        while (true)
        {
            IReadOnlyList<DeltaCount> deltas;
            IReadOnlyList<Problem> problems;
            await using (var look = await SyncLook.OpenAsync(definition, s_patience, cancellation))
            {
                // A source that was away at the beginning counts from when it is there.
                foreach (var (node, state) in await look.BeginAsync(cancellation)) until.TryAdd(node, state.Snapshot);
                await look.EndAsync();
                deltas = await new DeltaMeter(look, 1000, until).MeasureAsync(cancellation);
                if (deltas.Count == 0) await look.FlushAsync(cancellation);
                problems = [.. look.Problems];
            }
            if (deltas.Count == 0 && problems.Count == 0) return;
            if (clock.Elapsed + pause > timeout) throw TimedOut(name, timeout, deltas, problems);
            await Task.Delay(pause, cancellation);
            pause = Min(pause * 1.5, s_longest);
        }
    }

    /// <summary>Waits until a service runs the sync, or until none does any more.</summary>
    /// <exception cref="BucardoException">WaitTimedOut, SyncNotFound.</exception>
    public static async Task UntilServedAsync(ControlDatabase control, string name, bool served, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        await control.Syncs.GetAsync(name, cancellation);
        while (true)
        {
            var services = await ServiceDirectory.ListAsync(control, cancellation);
            if (services.Any(s => s.Syncs.Contains(name)) == served) return;
            if (clock.Elapsed > timeout)
            {
                throw new BucardoException("WaitTimedOut", ErrorKind.Timeout, served
                    ? $"No service has taken over sync '{name}' within {Display.Duration(timeout)}: {(services.Count == 0 ? "none is running, Start-BucardoService starts one." : "Get-BucardoService shows what the services run, their log says why.")}"
                    : $"The service has not let go of sync '{name}' within {Display.Duration(timeout)}: it may be finishing a round; Get-BucardoStatus {name} shows it.");
            }
            await Task.Delay(s_shortest, cancellation);
        }
    }

    static BucardoException TimedOut(string name, TimeSpan timeout, IReadOnlyList<DeltaCount> deltas, IReadOnlyList<Problem> problems)
    {
        var waiting = deltas.GroupBy(d => d.Receiver).Select(r => $"{r.Key} lacks {r.Sum(d => d.Rows)} changes of {string.Join(" and ", r.Select(d => d.Origin).Distinct())}");
        return new("WaitTimedOut", ErrorKind.Timeout,
            $"Sync '{name}' has not caught up within {Display.Duration(timeout)}: {string.Join("; ", waiting.Concat(problems.Select(p => p.Message.TrimEnd('.'))))}. Get-BucardoStatus {name} shows how it is doing.");
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
