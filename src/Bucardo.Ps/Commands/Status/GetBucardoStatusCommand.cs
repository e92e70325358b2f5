using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows how the syncs are doing, one line each, as <c>bucardo status</c> does: state, last good round, rows, conflicts, last bad round.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoStatus")]
[OutputType(typeof(SyncState))]
public sealed class GetBucardoStatusCommand : ControlCommand
{
    /// <summary>Names of syncs; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Sync", "SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name =>
    {
        // The syncs first: a name that does not exist is an error here as everywhere.
        var names = FindSyncs(name).Select(sync => sync.Name).ToHashSet();
        var states = Ask((control, cancellation) => control.SyncRuns.StatesAsync(null, cancellation));
        WriteObject(states.Where(state => names.Contains(state.Name)), enumerateCollection: true);
    });
}
