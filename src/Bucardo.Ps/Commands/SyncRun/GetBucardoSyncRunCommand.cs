using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the history of the syncs, newest round first. Rounds of syncs that were removed are kept.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoSyncRun")]
[OutputType(typeof(SyncRun))]
public sealed class GetBucardoSyncRunCommand : ControlCommand
{
    /// <summary>Names of syncs; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Sync { get; set; } = ["*"];

    /// <summary>Only rounds that ended so.</summary>
    [Parameter]
    public RunOutcome? Outcome { get; set; }

    /// <summary>Only rounds that began at this time or later.</summary>
    [Parameter]
    [Alias("After")]
    public DateTimeOffset? Since { get; set; }

    /// <summary>At most so many rounds of each name, the newest ones. Default: 100; 0 for all.</summary>
    [Parameter]
    [Alias("First")]
    [ValidateRange(0, int.MaxValue)]
    public int Last { get; set; } = 100;

    /// <summary>Only the round with this number.</summary>
    [Parameter]
    public long? Id { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Sync, name =>
    {
        var filter = new SyncRunFilter { Sync = name, Outcome = Outcome, Since = Since, Id = Id, Last = Last == 0 ? null : Last };
        var runs = Ask((control, cancellation) => control.SyncRuns.ListAsync(filter, cancellation));
        // A removed sync still has a history, so a name is unknown only if there is neither.
        if (runs.Count == 0 && !Wildcard.IsIn(name)) FindSyncs(name);
        WriteObject(runs, enumerateCollection: true);
    });
}
