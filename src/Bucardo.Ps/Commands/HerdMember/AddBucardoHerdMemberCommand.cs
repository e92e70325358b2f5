using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Puts registered tables into a herd; those that are in it already stay, with the new priority if one is given. The rows must be the same on all databases of its syncs.</summary>
[Cmdlet(VerbsCommon.Add, "BucardoHerdMember", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = "Name")]
[OutputType(typeof(Herd))]
public sealed class AddBucardoHerdMemberCommand : HerdMemberCommand
{
    /// <summary>Their priority in the herd; higher comes first. Default: 0.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public int? Priority { get; set; }

    /// <inheritdoc/>
    protected override string Action => Priority is { } priority ? $"Add with priority {priority}" : "Add";

    /// <inheritdoc/>
    protected override Task<Herd> ChangeAsync(HerdCatalog herds, Table table, CancellationToken cancellation) =>
        herds.UpdateAsync(Herd, new HerdChange { Add = [table.Id], Priorities = Priority is { } priority ? new Dictionary<int, int> { [table.Id] = priority } : null }, cancellation);
}
