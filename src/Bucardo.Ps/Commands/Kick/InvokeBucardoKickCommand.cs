using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Asks the service for a round of a sync, now. With -Wait it returns what the round did; all syncs that are piped in are kicked at once.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "BucardoKick", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(KickResult))]
public sealed class InvokeBucardoKickCommand : SyncSelectionCommand
{
    readonly List<Sync> _syncs = [];

    /// <summary>Wait until the service has run a round that began after the kick.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>How long to wait, all in all: seconds, or a TimeSpan; implies -Wait. Default: 10 minutes.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        if (!ShouldProcess($"sync '{sync.Name}'", "Kick")) return;
        _syncs.Add(sync);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_syncs.Count == 0) return;
        var control = Control;
        TimeSpan? wait = Wait || Timeout is not null ? Timeout ?? KickDefaults.Timeout : null;
        var syncs = _syncs.DistinctBy(sync => sync.Name).ToList();
        CallWithClock($"Waiting for {string.Join(", ", syncs)}", async cancellation =>
        {
            await Task.WhenAll(syncs.Select(sync => KickAsync(control, sync, wait, cancellation)));
            return true;
        });
    }

    // Each result goes out when it is there, and one that fails does not keep the others back.
    async Task KickAsync(ControlDatabase control, Sync sync, TimeSpan? wait, CancellationToken cancellation)
    {
        try
        {
            // A service that has just been started, or has just heard of the sync, would not hear the kick.
            var result = wait is { } limit && sync.Status == SyncStatus.Active && !sync.Paused
                ? await ServedSync.KickAsync(control, sync.Name, limit, cancellation)
                : await SyncOperations.KickAsync(control, sync.Name, wait, cancellation);
            Post(() => Write(result));
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            Post(() => WriteError(ErrorRecords.From(error, sync)));
        }
    }

    void Write(KickResult result)
    {
        WriteObject(result);
        if (KickDefaults.ErrorOf(result) is { } error) WriteError(ErrorRecords.From(error, result));
        foreach (var problem in result.Run?.Problems ?? []) WriteWarning($"Sync '{result.Sync}', {problem}");
    }
}
