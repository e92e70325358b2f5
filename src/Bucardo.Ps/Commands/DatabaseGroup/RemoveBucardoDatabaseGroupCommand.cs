using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Removes a database group; its databases stay registered.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoDatabaseGroup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(DatabaseGroup))]
public sealed class RemoveBucardoDatabaseGroupCommand : DatabaseGroupSelectionCommand
{
    /// <summary>Remove the syncs that use it, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return the group that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(DatabaseGroup group)
    {
        if (!ShouldProcess($"database group '{group.Name}' ({string.Join(", ", group.Members)})", Force ? "Remove, and the syncs that use it" : "Remove")) return;
        Ask((control, cancellation) => control.DatabaseGroups.RemoveAsync(group.Name, Force, cancellation));
        if (PassThru) WriteObject(group);
    }
}
