using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace Bucardo.TestSupport;

/// <summary>The process of cluster.sh: owns the server's processes and folder, and ends both when its input pipe closes.</summary>
sealed class ClusterSupervisor : IAsyncDisposable
{
    readonly Process _process;
    readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    ClusterSupervisor(Process process)
    {
        _process = process;
        _ = ReadAsync();
    }

    /// <summary>Completes with the exit status of the server that was started last.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Makes the cluster's folder and its data; starts no server yet.</summary>
    public static async Task<ClusterSupervisor> PrepareAsync(string programs, string home, string template, CancellationToken cancellation)
    {
        using var script = new StreamReader(typeof(ClusterSupervisor).Assembly.GetManifestResourceStream("cluster.sh")!);
        var command = new List<string>();
        // A session of its own: Ctrl+C in the terminal is for the test process, whose end then ends the server in order.
        if (FindProgram("setsid") is { } setsid) command.Add(setsid);
        if (Signals.IsRoot) command.AddRange(AsPostgres());
        command.AddRange(["sh", "-c", await script.ReadToEndAsync(cancellation), "cluster.sh", programs, home, template]);

        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        var supervisor = new ClusterSupervisor(Process.Start(start)!);
        try
        {
            await supervisor.ExpectAsync("prepared", cancellation);
            return supervisor;
        }
        catch
        {
            await supervisor.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server and returns the postmaster's process id.</summary>
    public async Task<int> StartServerAsync(int port, CancellationToken cancellation)
    {
        _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _process.StandardInput.WriteLineAsync($"start {port}".AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
        return int.Parse(await ExpectAsync("started", cancellation), CultureInfo.InvariantCulture);
    }

    /// <summary>Does something with the files of the stopped server.</summary>
    public async Task CommandAsync(string command, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(command.AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
        await ExpectAsync("done", cancellation);
    }

    /// <summary>Closes the pipe and waits until server and folder are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (IOException)
        {
            // The pipe is broken: the supervisor has ended already.
        }
        _process.Dispose();
    }

    async Task<string> ExpectAsync(string word, CancellationToken cancellation)
    {
        try
        {
            var line = await _lines.Reader.ReadAsync(cancellation);
            return line.StartsWith(word, StringComparison.Ordinal) ? line[word.Length..].Trim() : throw new InvalidOperationException($"the supervisor said '{line}'");
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException("the supervisor ended at once");
        }
    }

    async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("exited ", StringComparison.Ordinal)) _exited.TrySetResult(int.Parse(line[7..], CultureInfo.InvariantCulture));
            else _lines.Writer.TryWrite(line);
        }
        _exited.TrySetResult(-1);
        _lines.Writer.TryComplete();
    }

    // PostgreSQL refuses to run as root. setpriv replaces itself by the program; runuser stays in between, which does no harm.
    static string[] AsPostgres()
    {
        if (FindProgram("setpriv") is { } setpriv) return [setpriv, "--reuid=postgres", "--regid=postgres", "--init-groups", "--"];
        if (FindProgram("runuser") is { } runuser) return [runuser, "-u", "postgres", "--"];
        throw new InvalidOperationException("PostgreSQL refuses to run as root, and there is neither setpriv nor runuser: run the tests as an ordinary user.");
    }

    static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/bin", "/usr/sbin", "/bin", "/sbin"])
            .Where(f => f.Length > 0).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
}
