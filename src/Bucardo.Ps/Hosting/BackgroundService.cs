using System.Diagnostics;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Hosting;

/// <summary>A service in a PowerShell of its own.</summary>
sealed class BackgroundService(ControlConnection connection, IReadOnlyList<string> syncs, string logPath, string logLevel)
{
    /// <summary>Starts it and waits until it answers; if it does not, it is ended again.</summary>
    /// <exception cref="BucardoException">ServiceNotStarted, ServiceNotAnswering.</exception>
    public async Task<ServiceInfo> StartAsync(ControlDatabase control, TimeSpan timeout, CancellationToken cancellation)
    {
        var logged = File.Exists(logPath) ? new FileInfo(logPath).Length : 0;
        // On the command line everybody on the machine could read the password.
        var secrets = new Dictionary<string, string> { [SessionConnection.Variable] = ConnectionStrings.Build(connection.GetSettings()).ConnectionString };
        using var process = BackgroundProcess.Start(Script(), secrets, logPath);
        var answered = false;
        try
        {
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < timeout)
            {
                var services = await ServiceDirectory.ListAsync(control, cancellation);
                if (services.FirstOrDefault(s => IsOurs(s, process)) is { } service)
                {
                    answered = true;
                    return services.Count == 1 ? await WithSyncsAsync(control, service, cancellation) : service;
                }
                if (process.HasExited)
                {
                    throw new BucardoException("ServiceNotStarted", ErrorKind.InvalidOperation,
                        $"The service ended at once (exit code {process.ExitCode}): {LogSince(logged)} Its log is {logPath}.");
                }
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            }
            throw new BucardoException("ServiceNotAnswering", ErrorKind.Timeout,
                $"The service did not answer within {timeout.TotalSeconds:0} s and was ended; look into its log {logPath}, or allow more time with -Timeout.");
        }
        finally
        {
            if (!answered) End(process);
        }
    }

    // It answers a moment before it has taken up its syncs; people like to see them.
    static async Task<ServiceInfo> WithSyncsAsync(ControlDatabase control, ServiceInfo service, CancellationToken cancellation)
    {
        var expected = (await control.Syncs.ListAsync(null, cancellation)).Any(s => s.Status == SyncStatus.Active && !s.Paused);
        for (var attempt = 0; expected && service.Syncs.Count == 0 && attempt < 20; attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            service = (await ServiceDirectory.ListAsync(control, cancellation)).FirstOrDefault(s => s.Id == service.Id) ?? service;
        }
        return service;
    }

    static bool IsOurs(ServiceInfo service, Process process) =>
        service.ProcessId == process.Id && service.HostName.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);

    static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    string Script()
    {
        var only = syncs.Count == 0 ? "" : $" -Sync {string.Join(", ", syncs.Select(Quoted))}";
        return $"$ErrorActionPreference = 'Stop'; try {{ Import-Module {Quoted(ModulePath())}; Start-BucardoService -LogPath {Quoted(logPath)} -LogLevel {logLevel}{only} -WarningAction SilentlyContinue }} "
            + "catch { [Console]::Error.WriteLine($_.Exception.Message); exit 1 }";
    }

    // The assembly lies in the module's folder lib.
    static string ModulePath()
    {
        var assembly = typeof(BackgroundService).Assembly.Location;
        var manifest = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(assembly)) ?? "", "Bucardo.Ps.psd1");
        return File.Exists(manifest) ? manifest : assembly;
    }

    string LogSince(long position)
    {
        try
        {
            using var stream = new FileStream(logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Position = Math.Min(position, stream.Length);
            return string.Join(' ', new StreamReader(stream).ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3));
        }
        catch (IOException)
        {
            return "";
        }
    }

    static string Quoted(string text) => "'" + text.Replace("'", "''") + "'";
}
