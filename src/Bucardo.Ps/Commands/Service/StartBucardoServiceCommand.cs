using System.Management.Automation;
using System.Runtime.InteropServices;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Hosting;
using Bucardo.Ps.Parameters;
using Microsoft.Extensions.Logging;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Runs the service that runs the syncs: here, until Ctrl+C, SIGTERM or Stop-BucardoService, or detached with -Background. A second service on the same control
/// database is a standby: each sync is run by one of them.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "BucardoService", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ServiceInfo))]
public sealed class StartBucardoServiceCommand : ControlCommand
{
    /// <summary>Run these syncs only. Default: all active ones.</summary>
    [Parameter(Position = 0)]
    [Alias("Name")]
    [NameTransformation(NameKind.Sync)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[]? Sync { get; set; }

    /// <summary>Run it in a PowerShell of its own that outlives this one, and return once it answers.</summary>
    [Parameter]
    public SwitchParameter Background { get; set; }

    /// <summary>File to log to. Default: none in the foreground; with -Background bucardo/service.log in the user's folder for local application data.</summary>
    [Parameter]
    public string? LogPath { get; set; }

    /// <summary>How much to log.</summary>
    [Parameter]
    [ValidateSet("Error", "Warning", "Information", "Debug", "Trace")]
    public string LogLevel { get; set; } = "Information";

    /// <summary>With -Background: how long to wait until it answers. Default: 30 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    readonly ServiceOptions _options = new();

    /// <summary>A stopped service finishes the round in hand, or rolls it back.</summary>
    protected override TimeSpan Grace => Background ? base.Grace : _options.StopGrace + TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override void EndProcessing() => Attempt(CurrentConnection, () =>
    {
        // Looked up before anything starts: a service that waits for a sync that nobody has made helps nobody.
        var syncs = (Sync ?? []).SelectMany(name => FindSyncs(name)).Select(sync => sync.Name).Distinct().ToArray();
        var running = Ask((control, cancellation) => ServiceDirectory.ListAsync(control, cancellation));
        if (!ShouldProcess($"control database {CurrentConnection}", Background ? "Start a service in the background" : "Run a service until it is stopped")) return;
        if (running.Count > 0) WriteWarning($"A service runs already ({string.Join(", ", running)}): this one takes over what that one lets go.");

        if (Background) WriteObject(StartBackground(syncs));
        else HostService(syncs);
    });

    void HostService(string[] syncs)
    {
        using var log = new ServiceLog(this, Enum.Parse<LogLevel>(LogLevel), LogPath is null ? null : WritableLog(LogPath));
        var service = new BucardoService(CurrentConnection.GetSettings(), _options with { Syncs = syncs }, log);
        Call(async cancellation =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // PowerShell itself would end at once, with a round in hand.
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                stop.Cancel();
            });
            await service.RunAsync(stop.Token);
        });
    }

    PSObject StartBackground(string[] syncs)
    {
        var path = WritableLog(LogPath ?? DefaultLogPath());
        var service = new BackgroundService(CurrentConnection, syncs, path, LogLevel);
        WriteVerbose($"The service logs to {path}.");
        var info = Ask((control, cancellation) => service.StartAsync(control, Timeout ?? TimeSpan.FromSeconds(30), cancellation));
        var output = PSObject.AsPSObject(info);
        output.Properties.Add(new PSNoteProperty(nameof(LogPath), path));
        return output;
    }

    // Found out here, where somebody reads the error.
    string WritableLog(string given)
    {
        var path = GetUnresolvedProviderPathFromPSPath(given);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // Errors of PostgreSQL quote rows, and those are not for everybody on the machine.
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, options);
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("LogNotWritable", ErrorKind.InvalidArgument, $"The log file {path} cannot be written: {error.Message} Choose another one with -LogPath.", error);
        }
    }

    static string DefaultLogPath() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "bucardo", "service.log");
}
