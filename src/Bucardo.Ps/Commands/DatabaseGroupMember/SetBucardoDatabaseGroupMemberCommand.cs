using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Changes the role or the priority that databases have in a database group. What is not given stays as it is.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoDatabaseGroupMember", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(DatabaseGroup))]
public sealed class SetBucardoDatabaseGroupMemberCommand : DatabaseGroupMemberCommand
{
    /// <summary>Their new role. A source captures and sends its changes, a target only receives.</summary>
    [Parameter(Position = 2)]
    [EmptyIsNull]
    public DatabaseRole? Role { get; set; }

    /// <summary>Their new priority; higher comes first, which the strategy bucardo_source prefers.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? Priority { get; set; }

    /// <inheritdoc/>
    protected override string Action => "Change " + Changes.Of(MyInvocation);

    /// <inheritdoc/>
    protected override Task<DatabaseGroup> ChangeAsync(DatabaseGroupCatalog groups, string database, CancellationToken cancellation) =>
        groups.SetMembersAsync(Group, [database], Role, Priority, cancellation);
}
