using System.Management.Automation;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Removes rounds from the history. What they replicated stays as it is.</summary>
[Cmdlet(VerbsCommon.Clear, "BucardoSyncRun", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearBucardoSyncRunCommand : ControlCommand
{
    /// <summary>Names of syncs; wildcards allowed. Default: all, those included that were removed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Sync { get; set; } = ["*"];

    /// <summary>Only rounds that ended before this time.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Only the round with this number; takes what Get-BucardoSyncRun returns.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public long? Id { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Sync, sync =>
    {
        var which = Id is { } id ? $"round {id} of sync '{sync}'" : $"rounds of sync '{sync}'" + (Before is { } before ? $" before {before:u}" : "");
        if (!ShouldProcess(which, "Remove from the history")) return;
        var removed = Ask((control, cancellation) => control.SyncRuns.ClearAsync(sync, Before, Id, cancellation));
        WriteVerbose($"{removed} rounds of sync '{sync}' were removed from the history.");
    });
}
