using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Ends replication for good: removes all syncs with what they installed on their databases, and the schema 'bucardo' with its history from the control database. The tables that were replicated, and
/// their rows, stay as they are; so does the control database itself.
/// </summary>
[Cmdlet(VerbsLifecycle.Uninstall, "Bucardo", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(Uninstallation))]
public sealed class UninstallBucardoCommand : ControlCommand
{
    /// <summary>Go on without databases that cannot be reached; what is left there, and how to remove it, is returned and warned of.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => Attempt(CurrentConnection, () =>
    {
        var control = Control;
        var syncs = Ask((c, cancellation) => c.Syncs.ListAsync(null, cancellation));
        var what = syncs.Count == 0 ? "Remove the schema 'bucardo'" : $"Remove the syncs {string.Join(", ", syncs)} and what they installed on their databases, then the schema 'bucardo'";
        if (!ShouldProcess($"control database {CurrentConnection}", what)) return;
        var (removed, left) = CallWithClock("Uninstalling Bucardo", cancellation => Uninstaller.RunAsync(control, Force, cancellation));
        foreach (var problem in left) WriteWarning(problem.Message);
        WriteObject(new Uninstallation { Connection = CurrentConnection, Syncs = removed, Problems = left });
    });
}
