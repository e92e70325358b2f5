using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Has the running services write a text into their logs: what was done when, for whoever reads them later.</summary>
[Cmdlet(VerbsCommunications.Write, "BucardoLog")]
[OutputType(typeof(void))]
public sealed class WriteBucardoLogCommand : ControlCommand
{
    /// <summary>The text; one line of the log.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[] Message { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Message, text =>
    {
        var services = Ask((control, cancellation) => ServiceMessages.WriteLogAsync(control, text, cancellation));
        WriteVerbose($"Written by {string.Join(", ", services)}.");
    });
}
