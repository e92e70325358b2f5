using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the custom code that decides conflicts, and which syncs and tables it decides for.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoCustomCode")]
[OutputType(typeof(CustomCode))]
public sealed class GetBucardoCustomCodeCommand : ControlCommand
{
    /// <summary>Names; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CustomCode")]
    [SupportsWildcards]
    [NameTransformation(NameKind.CustomCode)]
    [ArgumentCompleter(typeof(CustomCodeNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => WriteObject(FindCustomCodes(name), enumerateCollection: true));
}
