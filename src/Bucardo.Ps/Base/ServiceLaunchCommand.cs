using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Hosting;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that starts a service.</summary>
public abstract class ServiceLaunchCommand : ControlCommand
{
    /// <summary>Run these syncs only. Default: all active ones.</summary>
    [Parameter(Position = 0)]
    [Alias("Name")]
    [NameTransformation(NameKind.Sync)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[]? Sync { get; set; }

    /// <summary>File to log to. Default: none in the foreground; in the background bucardo/service.log in the user's folder for local application data.</summary>
    [Parameter]
    public string? LogPath { get; set; }

    /// <summary>How much to log.</summary>
    [Parameter]
    [ValidateSet("Error", "Warning", "Information", "Debug", "Trace")]
    public string LogLevel { get; set; } = "Information";

    /// <summary>How long to wait until the service in the background answers. Default: 30 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>How long services may take to start or to stop.</summary>
    protected TimeSpan Patience => Timeout ?? TimeSpan.FromSeconds(30);

    /// <summary>Names of the syncs in -Sync, looked up before anything starts: a service that waits for a sync that nobody has made helps nobody.</summary>
    protected string[] SyncNames() => [.. (Sync ?? []).SelectMany(name => FindSyncs(name)).Select(sync => sync.Name).Distinct()];

    /// <summary>Starts a service in a PowerShell of its own and waits until it answers.</summary>
    protected PSObject StartBackground(string[] syncs)
    {
        var path = WritableLog(LogPath ?? ServiceLog.DefaultPath());
        var service = new BackgroundService(CurrentConnection, syncs, path, LogLevel);
        WriteVerbose($"The service logs to {path}.");
        var info = Ask((control, cancellation) => service.StartAsync(control, Patience, cancellation));
        var output = PSObject.AsPSObject(info);
        output.Properties.Add(new PSNoteProperty(nameof(LogPath), path));
        return output;
    }

    /// <summary>The log file's path, once it is sure that it can be written: found out here, where somebody reads the error.</summary>
    protected string WritableLog(string given)
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
}
