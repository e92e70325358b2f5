using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Looks at a sync on all its databases and returns everything that stands in its way, each problem with its remedy; nothing if all is well. It changes nothing.</summary>
[Cmdlet(VerbsDiagnostic.Test, "BucardoSync")]
[OutputType(typeof(Problem), typeof(bool))]
public sealed class TestBucardoSyncCommand : SyncSelectionCommand
{
    /// <summary>Return true (no problem) or false only.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        var control = Control;
        var problems = CallWithClock($"Testing sync {sync.Name}", cancellation => SyncOperations.ValidateAsync(control, sync.Name, cancellation));
        if (Quiet) WriteObject(problems.Count == 0);
        else WriteObject(problems, enumerateCollection: true);
    }
}
