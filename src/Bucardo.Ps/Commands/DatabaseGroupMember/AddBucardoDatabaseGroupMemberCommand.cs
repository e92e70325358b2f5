using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Puts databases into a database group; a running service takes them up by itself.</summary>
[Cmdlet(VerbsCommon.Add, "BucardoDatabaseGroupMember", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(DatabaseGroup))]
public sealed class AddBucardoDatabaseGroupMemberCommand : DatabaseGroupMemberCommand
{
    /// <summary>Their role: a source sends and receives, a target only receives. Default: target.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public DatabaseRole? Role { get; set; }

    /// <summary>Their priority; higher comes first. Default: 0.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public int? Priority { get; set; }

    /// <inheritdoc/>
    protected override string Action => $"Add as {(Role ?? DatabaseRole.Target).ToString().ToLowerInvariant()}";

    /// <inheritdoc/>
    protected override IEnumerable<string> Select(string name) => FindDatabases(name).Select(database => database.Name);

    /// <inheritdoc/>
    protected override Task<DatabaseGroup> ChangeAsync(DatabaseGroupCatalog groups, string database, CancellationToken cancellation) =>
        groups.AddMembersAsync(Group, [new DatabaseGroupMember { Database = database, Role = Role ?? DatabaseRole.Target, Priority = Priority ?? 0 }], cancellation);
}
