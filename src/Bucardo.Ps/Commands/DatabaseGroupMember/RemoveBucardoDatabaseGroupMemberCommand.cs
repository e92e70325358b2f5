using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Takes databases out of a database group. They stay registered, and their data as it is; the others no longer keep changes for them.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoDatabaseGroupMember", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(DatabaseGroup))]
public sealed class RemoveBucardoDatabaseGroupMemberCommand : DatabaseGroupMemberCommand
{
    /// <inheritdoc/>
    protected override string Action => "Take out";

    /// <inheritdoc/>
    protected override Task<DatabaseGroup> ChangeAsync(DatabaseGroupCatalog groups, string database, CancellationToken cancellation) =>
        groups.RemoveMembersAsync(Group, [database], cancellation);
}
