using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Makes a group of databases with roles: sources send and receive changes, targets only receive.</summary>
[Cmdlet(VerbsCommon.New, "BucardoDatabaseGroup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(DatabaseGroup))]
public sealed class NewBucardoDatabaseGroupCommand : ControlCommand
{
    /// <summary>Name of the group.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>Databases whose changes are captured and sent; the first one is preferred by the strategy bucardo_source.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Database, SplitText = true)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Source { get; set; }

    /// <summary>Databases that only receive.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Database, SplitText = true)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Target { get; set; }

    /// <summary>Members as the bucardo command writes them: NAME:source, NAME:target, with a priority NAME:source:2.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Members")]
    [DatabaseGroupMemberTransformation]
    public DatabaseGroupMember[]? Member { get; set; }

    /// <summary>A note for people.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? About { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Name, () =>
    {
        var members = GroupMembers.From(Source, Target, Member);
        if (!ShouldProcess($"database group '{Name}' ({string.Join(", ", members)})", "Create")) return;
        WriteObject(Ask((control, cancellation) => control.DatabaseGroups.AddAsync(Name, members, About, cancellation)));
    });
}
