using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bucardo.Console.Tests.Support;

/// <summary>The bucardo command as a process of its own. It does not outlive the test process, however that ends.</summary>
sealed class BucardoProcess : IAsyncDisposable
{
    const int Interrupted = 2;
    const int Killed = 9;
    const int Terminated = 15;

    static readonly string s_command = Path.Combine(AppContext.BaseDirectory, "bucardo.dll");
    static readonly string s_keyFile = Path.Combine(Path.GetTempPath(), $"bucardo-test-key-{Environment.ProcessId}");

    readonly Process _process;
    readonly Process _guard;
    readonly List<string> _lines = [];

    BucardoProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, e) => Hear(e.Data);
        _process.ErrorDataReceived += (_, e) => Hear(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        // The guard's input closes when the test process ends.
        var id = process.Id.ToString(CultureInfo.InvariantCulture);
        _guard = Process.Start(new ProcessStartInfo("sh", ["-c", "while read -r word; do [ \"$word\" = done ] && exit; done; kill -9 \"$1\" 2>/dev/null", "guard", id]) { RedirectStandardInput = true })!;
    }

    /// <summary>Passwords of test databases are stored under a key of this test run.</summary>
    [ModuleInitializer]
    internal static void UseOwnKeyFile()
    {
        Environment.SetEnvironmentVariable("BUCARDO_KEYFILE", s_keyFile);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(s_keyFile);
    }

    public int Id => _process.Id;

    public string Output
    {
        get { lock (_lines) return string.Join('\n', _lines); }
    }

    /// <summary>Starts the command.</summary>
    /// <param name="words">Its command line.</param>
    /// <param name="variables">Environment variables.</param>
    public static BucardoProcess Start(IEnumerable<string> words, params (string Name, string? Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", [s_command, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal) || k == "BUCARDO_CONNECTION").ToList()) start.Environment.Remove(name);
        // Code that runs for a second is worth neither compiling well, as the command does, nor compiling twice.
        (start.Environment["DOTNET_TC_QuickJit"], start.Environment["DOTNET_TieredPGO"], start.Environment["DOTNET_TC_CallCountingDelayMs"]) = ("1", "0", "60000");
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return new BucardoProcess(Process.Start(start)!);
    }

    /// <summary>Starts a daemon on a control database.</summary>
    public static BucardoProcess StartDaemon(ConnectionSettings control, string? fault = null, params string[] words) => Start(
        ["daemon", "--host", control.HostName!, "--port", control.Port!.Value.ToString(CultureInfo.InvariantCulture), "--dbname", control.DatabaseName!, "--user", control.UserName!, .. words],
        ("PGPASSWORD", control.Password), ("BUCARDO_FAULT", fault));

    /// <summary>Starts a daemon and waits until it serves.</summary>
    public static Task<BucardoProcess> ServeAsync(ConnectionSettings control, params string[] words) => ServeAsync(control, null, words);

    /// <summary>The same, with a fault for it.</summary>
    public static async Task<BucardoProcess> ServeAsync(ConnectionSettings control, string? fault, string[] words)
    {
        var daemon = StartDaemon(control, fault, words);
        try
        {
            await daemon.WaitForLineAsync("The service has started");
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for a line that contains a text.</summary>
    public Task WaitForLineAsync(string text, TimeSpan? limit = null) =>
        Poll.UntilAsync(() => Output.Contains(text) || (_process.HasExited ? throw new InvalidOperationException($"bucardo ended with {_process.ExitCode}: {Output}") : false),
            limit ?? Poll.Usual, () => $"a line with '{text}' in:\n{Output}");

    /// <summary>Waits for its end and returns the exit code; 128 + n when signal n has ended it.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        using var end = new CancellationTokenSource(limit ?? Poll.Usual);
        try
        {
            await _process.WaitForExitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"bucardo has not ended:\n{Output}");
        }
        return _process.ExitCode;
    }

    public void Terminate() => _ = kill(_process.Id, Terminated);

    public void Interrupt() => _ = kill(_process.Id, Interrupted);

    public void Kill() => _ = kill(_process.Id, Killed);

    /// <summary>Freezes it: it keeps its connections and locks, and does nothing.</summary>
    public void Pause() => _ = kill(_process.Id, OperatingSystem.IsLinux() ? 19 : 17);

    /// <summary>Lets it go on, if it was frozen.</summary>
    public void Resume() => _ = kill(_process.Id, OperatingSystem.IsLinux() ? 18 : 19);

    /// <summary>Stops it cleanly and returns the exit code.</summary>
    public Task<int> StopAsync()
    {
        Terminate();
        return WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) Kill();
        await _process.WaitForExitAsync();
        // Only now may the number belong to somebody else.
        await _guard.StandardInput.WriteLineAsync("done");
        await _guard.StandardInput.FlushAsync();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
        _process.Dispose();
    }

    void Hear(string? line)
    {
        if (line is null) return;
        lock (_lines) _lines.Add(line);
    }

    [DllImport("libc")]
    static extern int kill(int pid, int signal);
}
