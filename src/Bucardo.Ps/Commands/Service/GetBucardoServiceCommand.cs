using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the services that run on the control database, on whatever machine, with the syncs that each one runs at the moment.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoService")]
[OutputType(typeof(ServiceInfo))]
public sealed class GetBucardoServiceCommand : ControlCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing() =>
        Attempt(CurrentConnection, () => WriteObject(Ask((control, cancellation) => ServiceDirectory.ListAsync(control, cancellation)), enumerateCollection: true));
}
