using System.Diagnostics;

namespace Bucardo.Ps.Hosting;

/// <summary>Starts another PowerShell that outlives this one, its output going into a log file.</summary>
static class BackgroundProcess
{
    // A session of its own: neither Ctrl+C in this terminal nor its end reach the process. Every file descriptor of ours stays behind.
    const string Detach = "if command -v setsid >/dev/null; then exec setsid \"$@\"; else trap '' INT HUP; exec \"$@\"; fi </dev/null >>\"$BUCARDO_LOG\" 2>&1";

    /// <summary>Starts it.</summary>
    /// <param name="script">What it runs. It can be read by everybody on the machine: no secrets.</param>
    /// <param name="environment">Variables for it; secrets go here.</param>
    /// <param name="logPath">Gets what it prints.</param>
    public static Process Start(string script, IReadOnlyDictionary<string, string> environment, string logPath)
    {
        string[] command = [.. PowerShell(), "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script];
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(command[0], command.Skip(1))
            : new ProcessStartInfo("/bin/sh", ["-c", Detach, "sh", .. command]);
        // On Windows a console of its own, that nobody sees, does what the session does elsewhere.
        start.CreateNoWindow = true;
        start.UseShellExecute = false;
        start.Environment["NO_COLOR"] = "1";
        start.Environment["BUCARDO_LOG"] = logPath;
        // As bucardo's own settings have it (Directory.Build.props): PowerShell's are not ours to change.
        start.Environment["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
    }

    // The same PowerShell as this one, also where it runs inside of 'dotnet' (as a .NET tool) or is hosted by another program.
    static string[] PowerShell()
    {
        var self = Environment.ProcessPath ?? "pwsh";
        switch (Path.GetFileNameWithoutExtension(self).ToLowerInvariant())
        {
            case "pwsh":
                return [self];
            case "dotnet" when Environment.GetCommandLineArgs()[0] is { } assembly && assembly.EndsWith(".dll", StringComparison.OrdinalIgnoreCase):
                return [self, assembly];
            default:
                var home = Path.GetDirectoryName(typeof(System.Management.Automation.PSObject).Assembly.Location) ?? "";
                var beside = Path.Combine(home, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");
                return [File.Exists(beside) ? beside : "pwsh"];
        }
    }
}
