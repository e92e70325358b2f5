using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Hosting;

namespace Bucardo.Ps.Commands;

/// <summary>Reads the log of a service on this machine, oldest line first, as objects; -Wait goes on with what is written.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoLog")]
[OutputType(typeof(LogEntry))]
public sealed class GetBucardoLogCommand : BucardoCommand
{
    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    static readonly string[] s_levels = ["trace", "debug", "info", "warning", "error"];

    /// <summary>The log file. Default: where Start-BucardoService -Background logs to. Takes what Start-BucardoService -Background returned.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LogPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Only so many lines, the last ones.</summary>
    [Parameter]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    public int? Tail { get; set; }

    /// <summary>Only lines of this level or above.</summary>
    [Parameter]
    [ValidateSet("Trace", "Debug", "Info", "Warning", "Error")]
    public string Level { get; set; } = "Trace";

    /// <summary>Only lines written at this time or later.</summary>
    [Parameter]
    [Alias("After")]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only lines whose message fits; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Message { get; set; }

    /// <summary>Wait for further lines until Ctrl+C.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Path, () =>
    {
        var reader = new ServiceLogReader(GetUnresolvedProviderPathFromPSPath(Path ?? ServiceLog.DefaultPath()));
        var found = reader.Read(StopToken).Where(Fits);
        foreach (var entry in Tail is { } tail ? found.TakeLast(tail) : found) WriteObject(entry);
        while (Wait)
        {
            Call(cancellation => Task.Delay(s_look, cancellation));
            foreach (var entry in reader.Read(StopToken).Where(Fits)) WriteObject(entry);
        }
    });

    bool Fits(LogEntry entry) =>
        Array.IndexOf(s_levels, entry.Level) >= Array.IndexOf(s_levels, Level.ToLowerInvariant())
        && (Since is null || entry.Time >= Since)
        && (Message is null || Wildcard.Pattern(Message).IsMatch(entry.Message));
}
