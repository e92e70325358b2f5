using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Asks the services that run on the control database whether they are there, and returns how each one answered.</summary>
[Cmdlet(VerbsDiagnostic.Test, "BucardoService")]
[OutputType(typeof(ServicePing), typeof(bool))]
public sealed class TestBucardoServiceCommand : ControlCommand
{
    /// <summary>Numbers of the services. Takes what Get-BucardoService returns from the pipeline. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public long[]? Id { get; set; }

    /// <summary>How long to wait for their answers: seconds, or a TimeSpan. Default: 10 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Return true (one runs at least, and all answer) or false only.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(CurrentConnection, () =>
    {
        var services = ServiceChoice.Of(Ask((control, cancellation) => ServiceDirectory.ListAsync(control, cancellation)), Id, hostNames: null);
        var pings = Ask((control, cancellation) => ServiceMessages.PingAsync(control, services, Timeout ?? TimeSpan.FromSeconds(10), cancellation));
        if (Quiet) WriteObject(pings.Count > 0 && pings.All(p => p.Answered));
        else if (pings.Count == 0) throw new BucardoException("ServiceNotRunning", ErrorKind.NotFound, $"No service runs on control database {CurrentConnection}: Start-BucardoService starts one.");
        else WriteObject(pings, enumerateCollection: true);
    });
}
