using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Brings the version that lost a conflict back, as a new change on a source of the sync: the next round takes it to all databases. A version that was a deletion deletes the row again.
/// </summary>
[Cmdlet(VerbsData.Restore, "BucardoConflict", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Conflict))]
public sealed class RestoreBucardoConflictCommand : ControlCommand
{
    /// <summary>Numbers of the conflicts; takes what Get-BucardoConflict returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public long[] Id { get; set; } = [];

    /// <summary>The source to write the row on. Default: where the version was written, else the first source that can be reached.</summary>
    [Parameter]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Return the conflicts.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Id, id =>
    {
        var conflict = Ask((control, cancellation) => control.Conflicts.GetAsync(id, cancellation));
        if (!ShouldProcess($"conflict {id}, {conflict.Table} ({string.Join(", ", conflict.Key)})", conflict.LoserRow is null ? $"Delete the row again, as {conflict.Loser} did" : $"Write the row of {conflict.Loser ?? "unknown origin"} again")) return;
        var restored = Ask((control, cancellation) => ConflictRestorer.RestoreAsync(control, id, Database, cancellation));
        if (PassThru) WriteObject(restored);
    });
}
