using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the syncs and their settings. Get-BucardoStatus shows how they are doing.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoSync")]
[OutputType(typeof(Sync))]
public sealed class GetBucardoSyncCommand : ControlCommand
{
    /// <summary>Names; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Sync", "SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => WriteObject(FindSyncs(name), enumerateCollection: true));
}
