using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Registers a database for replication. It is connected to first, unless -SkipTest is given. Rows of a CSV file can be piped in.</summary>
[Cmdlet(VerbsCommon.New, "BucardoDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(Database))]
public sealed class NewBucardoDatabaseCommand : EndpointCommand
{
    /// <summary>Bucardo's name for it: a letter, then letters, digits and underscores.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>Database group to put it into; made if it is not there.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("DatabaseGroup")]
    [NameTransformation(NameKind.DatabaseGroup)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseGroupNameCompleter))]
    public string? Group { get; set; }

    /// <summary>Its role in the group. Default: source if the group is new, else target.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public DatabaseRole? Role { get; set; }

    /// <summary>Its priority in the group; higher comes first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public int? Priority { get; set; }

    /// <summary>Whether it takes part in rounds from the start. Default: active.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public DatabaseStatus? Status { get; set; }

    /// <summary>Register it without connecting to it.</summary>
    [Parameter]
    public SwitchParameter SkipTest { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Name, () =>
    {
        var settings = EndpointSettings();
        if (!ShouldProcess($"database '{Name}' ({settings}){(Group is null ? "" : $", group '{Group}'")}", "Register")) return;
        WriteObject(Ask((control, cancellation) => control.Databases.AddAsync(
            new NewDatabase
            {
                Name = Name,
                Connection = settings,
                Status = Status ?? DatabaseStatus.Active,
                Group = Group,
                Role = Role,
                Priority = Priority ?? 0,
                SkipTest = SkipTest,
            },
            cancellation)));
    });
}
