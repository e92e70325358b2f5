using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Takes tables out of a herd. They stay registered, and their rows as they are; the syncs that use the herd no longer replicate them.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoHerdMember", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = "Name")]
[OutputType(typeof(Herd))]
public sealed class RemoveBucardoHerdMemberCommand : HerdMemberCommand
{
    /// <inheritdoc/>
    protected override string Action => "Take out";

    /// <inheritdoc/>
    protected override IReadOnlyList<Table> Select(string name) =>
        // A wildcard means what is in the herd; a name that is not, is an error.
        FindTables(name, new TableFilter { Database = Database, Herd = Wildcard.IsIn(name) ? Herd : null });

    /// <inheritdoc/>
    protected override Task<Herd> ChangeAsync(HerdCatalog herds, Table table, CancellationToken cancellation) => herds.RemoveMembersAsync(Herd, [table.Id], cancellation);
}
