using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Takes a table out of replication. The table itself, and its data, stay as they are.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoTable", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = ByName)]
[OutputType(typeof(Table))]
public sealed class RemoveBucardoTableCommand : TableSelectionCommand
{
    /// <summary>Take it out of the herds that syncs use, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return the table that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Table table)
    {
        if (!ShouldProcess($"table '{table.FullName}'", Force ? "Remove from the control database, its herds too" : "Remove from the control database")) return;
        Ask((control, cancellation) => control.Tables.RemoveAsync(table.Id, Force, cancellation));
        if (PassThru) WriteObject(table);
    }
}
