using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the database groups with their members. A piped sync gives its own group.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoDatabaseGroup")]
[OutputType(typeof(DatabaseGroup))]
public sealed class GetBucardoDatabaseGroupCommand : ControlCommand
{
    /// <summary>Names; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("DatabaseGroup", "Group")]
    [SupportsWildcards]
    [NameTransformation(NameKind.DatabaseGroup)]
    [ArgumentCompleter(typeof(DatabaseGroupNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => WriteObject(FindDatabaseGroups(name), enumerateCollection: true));
}
