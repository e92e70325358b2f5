using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that does something to existing herds, named or piped.</summary>
public abstract class HerdSelectionCommand : ControlCommand
{
    /// <summary>Names of the herds; wildcards allowed. Takes the objects of the other cmdlets from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Herd")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Herd)]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => ForEach(FindHerds(name), Process));

    /// <summary>Does it to one of them; an exception becomes an error about this one only.</summary>
    protected abstract void Process(Herd herd);
}
