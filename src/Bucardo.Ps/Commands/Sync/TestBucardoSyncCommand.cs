using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Looks at a sync on all its databases and returns everything that stands in its way, each problem with its remedy, and warnings, such as clocks that are off; nothing if all is well. It changes nothing, unless -Repair is given:
/// then what the sync installed on its databases, and somebody has removed or disabled there, is put back.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Problem), typeof(bool))]
public sealed class TestBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Return true (nothing stands in its way, or no longer) or false only.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>Mend what can be mended (IsRepairable); what was mended is returned with IsRepaired.</summary>
    [Parameter]
    public SwitchParameter Repair { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        var control = Control;
        var repair = Repair && ShouldProcess($"sync '{sync.Name}' on the databases of group '{sync.DatabaseGroup}'", "Put back what it installed there");
        var problems = CallWithClock($"Testing sync {sync.Name}", cancellation =>
            repair ? SyncOperations.RepairAsync(control, sync.Name, cancellation) : SyncOperations.ValidateAsync(control, sync.Name, cancellation));
        if (Quiet) WriteObject(problems.All(p => p.IsRepaired || p.Severity == ProblemSeverity.Warning));
        else WriteObject(problems, enumerateCollection: true);
    }
}
