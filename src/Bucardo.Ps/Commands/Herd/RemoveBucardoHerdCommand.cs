using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Removes a herd; its tables stay registered.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoHerd", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(Herd))]
public sealed class RemoveBucardoHerdCommand : HerdSelectionCommand
{
    /// <summary>Remove the syncs that use it, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return the herd that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Herd herd)
    {
        if (!ShouldProcess($"herd '{herd.Name}' of {herd.Tables.Count} tables", Force ? "Remove, and the syncs that use it" : "Remove")) return;
        Ask((control, cancellation) => control.Herds.RemoveAsync(herd.Name, Force, cancellation));
        if (PassThru) WriteObject(herd);
    }
}
