using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Removes custom code that decides for nobody any more.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoCustomCode", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(CustomCode))]
public sealed class RemoveBucardoCustomCodeCommand : CustomCodeSelectionCommand
{
    /// <summary>Return the custom code that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(CustomCode code)
    {
        if (!ShouldProcess($"custom code '{code.Name}'", "Remove")) return;
        Ask((control, cancellation) => control.CustomCodes.RemoveAsync(code.Name, cancellation));
        if (PassThru) WriteObject(code);
    }
}
