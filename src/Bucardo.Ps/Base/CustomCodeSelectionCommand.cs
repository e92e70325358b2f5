using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that does something to existing custom code, named or piped.</summary>
public abstract class CustomCodeSelectionCommand : ControlCommand
{
    /// <summary>Names of the custom code; wildcards allowed. Takes the objects of Get-BucardoCustomCode from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CustomCode")]
    [SupportsWildcards]
    [NameTransformation(NameKind.CustomCode)]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(CustomCodeNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => ForEach(FindCustomCodes(name), Process));

    /// <summary>Does it to one of them; an exception becomes an error about this one only.</summary>
    protected abstract void Process(CustomCode code);
}
