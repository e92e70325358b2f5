using System.Diagnostics;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>A sync in the hands of a service.</summary>
static class ServedSync
{
    /// <summary>Waits until a service has taken the sync over, kicks it and waits for the round.</summary>
    /// <exception cref="BucardoException">ServiceNotRunning, SyncNotServed, and what a kick may come to.</exception>
    public static async Task<KickResult> KickAsync(ControlDatabase control, string sync, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        await WaitAsync(control, sync, taken: true, timeout, cancellation);
        var left = timeout - clock.Elapsed;
        return await SyncOperations.KickAsync(control, sync, left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), cancellation);
    }

    /// <summary>Waits until a service runs the sync, or until none does any more.</summary>
    public static async Task WaitAsync(ControlDatabase control, string sync, bool taken, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var services = await ServiceDirectory.ListAsync(control, cancellation);
            if (services.Any(s => s.Syncs.Contains(sync)) == taken) return;
            if (taken && services.Count == 0)
            {
                throw new BucardoException("ServiceNotRunning", ErrorKind.InvalidOperation,
                    $"Nobody runs sync '{sync}': start a service with Start-BucardoService, or run a round here with Invoke-BucardoSync {sync}.");
            }
            if (clock.Elapsed > timeout)
            {
                throw new BucardoException("SyncNotServed", ErrorKind.Timeout,
                    taken
                        ? $"No service has taken over sync '{sync}' within {Display.Duration(timeout)}: Get-BucardoService shows what the services run, their log says why."
                        : $"The service has not let go of sync '{sync}' within {Display.Duration(timeout)}: it may be finishing a round; Get-BucardoStatus {sync} shows it.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }
}
