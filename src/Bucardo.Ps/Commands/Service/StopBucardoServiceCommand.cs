using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Stops services that run on the control database, on whatever machine: each finishes the round in hand, or rolls it back. Nothing is lost.</summary>
[Cmdlet(VerbsLifecycle.Stop, "BucardoService", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ServiceInfo))]
public sealed class StopBucardoServiceCommand : ControlCommand
{
    /// <summary>Numbers of the services. Takes what Get-BucardoService returns from the pipeline. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public long[]? Id { get; set; }

    /// <summary>Only services on these machines; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? HostName { get; set; }

    /// <summary>How long to wait for them: seconds, or a TimeSpan. Default: 30 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Return the services that were stopped.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(CurrentConnection, () =>
    {
        var running = ServiceChoice.Of(Ask((control, cancellation) => ServiceDirectory.ListAsync(control, cancellation)), Id, HostName);
        if (running.Count == 0) WriteVerbose("No service runs.");
        foreach (var service in running.Where(s => ShouldProcess($"service {s}", "Stop")).ToList()) Stop(service);
    });

    void Stop(ServiceInfo service) => Attempt(service, () =>
    {
        Ask((control, cancellation) => ServiceDirectory.StopAsync(control, [service], Timeout ?? TimeSpan.FromSeconds(30), cancellation));
        if (PassThru) WriteObject(service);
    });
}
