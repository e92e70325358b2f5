using System.Management.Automation;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Removes conflicts from the history. The rows themselves, where they are replicated, stay as they are.</summary>
[Cmdlet(VerbsCommon.Clear, "BucardoConflict", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearBucardoConflictCommand : ControlCommand
{
    /// <summary>Names of syncs; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Sync { get; set; } = ["*"];

    /// <summary>Only conflicts decided before this time.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Sync, sync =>
    {
        if (!ShouldProcess($"conflicts of sync '{sync}'" + (Before is { } before ? $" before {before:u}" : ""), "Remove from the history")) return;
        var removed = Ask((control, cancellation) => control.Conflicts.ClearAsync(sync, Before, cancellation));
        WriteVerbose($"{removed} conflicts of sync '{sync}' were removed from the history.");
    });
}
