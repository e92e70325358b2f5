using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the herds with their tables. A piped sync gives its own herd.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoHerd")]
[OutputType(typeof(Herd))]
public sealed class GetBucardoHerdCommand : ControlCommand
{
    /// <summary>Names; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Herd")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Herd)]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => WriteObject(FindHerds(name), enumerateCollection: true));
}
