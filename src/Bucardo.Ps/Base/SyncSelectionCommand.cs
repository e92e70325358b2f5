using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that does something to existing syncs, named or piped.</summary>
public abstract class SyncSelectionCommand : ControlCommand
{
    /// <summary>Names of the syncs; wildcards allowed. Takes the objects of the other cmdlets from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Sync", "SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => ForEach(FindSyncs(name), Process));

    /// <summary>Does it to one of them; an exception becomes an error about this one only.</summary>
    protected abstract void Process(Sync sync);
}
