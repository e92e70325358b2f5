using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Bucardo.TestSupport;

/// <summary>How a server is stopped.</summary>
public enum StopMode
{
    /// <summary>Clients are cut off, open transactions rolled back, everything written.</summary>
    Fast,

    /// <summary>Like a crash: the next start recovers from the log.</summary>
    Immediate,
}

/// <summary>
/// A PostgreSQL cluster in a temporary folder, started in about a second. It goes away with <see cref="DisposeAsync"/>, or when this process ends,
/// however it ends. It works as root (the server then runs as user postgres) and as an ordinary user, any number of them at once.
/// </summary>
public sealed class PostgresCluster : TestServer
{
    const string SharedMemory = "/dev/shm";

    // A cluster takes some 100 MB, and test projects have up to ten.
    const long RoomInMemory = 4L << 30;

    readonly PostgresClusterOptions _options;
    readonly string _home;
    ClusterSupervisor? _supervisor;
    int _port;
    int _processId;
    bool _running;

    PostgresCluster(PostgresClusterOptions options, string home, string password) => (_options, _home, Password) = (options, home, password);

    /// <inheritdoc />
    public override string HostName => "127.0.0.1";

    /// <inheritdoc />
    public override int Port => _port;

    /// <inheritdoc />
    public override string UserName => "postgres";

    /// <inheritdoc />
    public override string Password { get; }

    /// <summary>Folder of the Unix socket; who can enter it needs no password.</summary>
    public string SocketFolder => Path.Combine(_home, "socket");

    /// <summary>The cluster's folder, removed at the end.</summary>
    public string Folder => _home;

    /// <summary>The server's log.</summary>
    public string LogFile => Path.Combine(_home, "server.log");

    /// <summary>Process id of the postmaster.</summary>
    public int ProcessId => _processId;

    /// <summary>Makes a cluster and starts it.</summary>
    /// <exception cref="InvalidOperationException">It did not start; the message holds the end of the server's log.</exception>
    public static Task<PostgresCluster> StartAsync(PostgresClusterOptions? options = null, CancellationToken cancellation = default) => StartAsync(options, null, cancellation);

    /// <summary>Makes a streaming replica of a cluster and starts it.</summary>
    /// <exception cref="InvalidOperationException">It did not start; the message holds the end of the server's log.</exception>
    public static Task<PostgresCluster> StartStandbyAsync(PostgresCluster primary, CancellationToken cancellation = default) => StartAsync(primary._options, primary, cancellation);

    static async Task<PostgresCluster> StartAsync(PostgresClusterOptions? options, PostgresCluster? primary, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Throwaway clusters need a Unix system: on Windows name a server in BUCARDO_TEST_SERVER, or build with UseTestcontainers=true.");

        options ??= new PostgresClusterOptions();
        var parent = TemporaryFolder(options);
        var cluster = new PostgresCluster(options, Path.Combine(parent, $"bucardo-pg-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}"),
            primary?.Password ?? RandomNumberGenerator.GetHexString(24, lowercase: true));
        try
        {
            using var limit = Limit(options.StartTimeout, cancellation);
            await cluster.PrepareAsync(parent, limit.Token);
            if (primary is not null) await cluster._supervisor!.CommandAsync($"follow {primary.SocketFolder} {primary.Port}", limit.Token);
            for (var attempt = 1; ; attempt++)
            {
                cluster._port = FreePort();
                if (await cluster.StartServerAsync(limit.Token)) break;
                // Somebody may have taken the port between the look and the start.
                if (attempt == 3) throw new InvalidOperationException("the server ended at once");
            }
            if (primary is null) await cluster.SetPasswordAsync(limit.Token);
            return cluster;
        }
        catch (Exception error)
        {
            var log = cluster.LogTail();
            await cluster.DisposeAsync();
            if (cancellation.IsCancellationRequested) throw;
            throw new InvalidOperationException($"The PostgreSQL cluster in {cluster._home} did not start ({error.Message}). End of its log:\n{log}", error);
        }
    }

    /// <summary>Stops the server; its data stays. Does nothing if it is stopped.</summary>
    public async Task StopAsync(StopMode mode = StopMode.Fast, CancellationToken cancellation = default)
    {
        if (!_running) return;
        Resume();
        Signals.Send(_processId, mode == StopMode.Fast ? Signals.Interrupt : Signals.Quit);
        using var limit = Limit(TimeSpan.FromSeconds(30), cancellation);
        await _supervisor!.Exited.WaitAsync(limit.Token);
        _running = false;
    }

    /// <summary>Starts the stopped server again, on the same port.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation = default)
    {
        using var limit = Limit(_options.StartTimeout, cancellation);
        while (!_running)
        {
            if (await StartServerAsync(limit.Token)) return;
            try
            {
                await Task.Delay(200, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new InvalidOperationException($"The PostgreSQL cluster in {_home} did not start again. End of its log:\n{LogTail()}");
            }
        }
    }

    /// <summary>Keeps a copy of the stopped server's files.</summary>
    public Task SaveFilesAsync(CancellationToken cancellation = default) => _supervisor!.CommandAsync("save", cancellation);

    /// <summary>Brings the stopped server's files back to the copy.</summary>
    public Task LoadFilesAsync(CancellationToken cancellation = default) => _supervisor!.CommandAsync("load", cancellation);

    /// <summary>Starts the stopped server as a standby that is promoted at once: it goes on from its files as they are, under a new timeline.</summary>
    public async Task StartPromotedAsync(CancellationToken cancellation = default)
    {
        await File.WriteAllTextAsync(Path.Combine(_home, "data", "standby.signal"), "", cancellation);
        await StartAgainAsync(cancellation);
        if (!await ScalarAsync<bool>("postgres", "SELECT pg_promote()", cancellation)) throw new InvalidOperationException($"The PostgreSQL cluster in {_home} was not promoted.");
    }

    /// <summary>Stops the server and starts it again on the same port.</summary>
    public async Task RestartAsync(StopMode mode = StopMode.Fast, CancellationToken cancellation = default)
    {
        await StopAsync(mode, cancellation);
        await StartAgainAsync(cancellation);
    }

    /// <summary>Freezes all processes of the server (SIGSTOP): connections stay open and nothing answers, as with a machine that hangs.</summary>
    public void Pause()
    {
        // The postmaster first, so that it starts no process that would be missed.
        foreach (var id in ProcessIds()) Signals.Send(id, Signals.Stop);
    }

    /// <summary>Lets a frozen server go on.</summary>
    public void Resume()
    {
        foreach (var id in ProcessIds().Reverse()) Signals.Send(id, Signals.Continue);
    }

    /// <summary>The last lines of the server's log.</summary>
    public string LogTail(int lines = 40)
    {
        try
        {
            return File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(lines)) : "(no log)";
        }
        catch (IOException error)
        {
            return $"({error.Message})";
        }
    }

    /// <summary>Kills the server and removes its folder.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _supervisor, null) is not { } supervisor) return;
        if (_running) Resume();
        _running = false;
        await supervisor.DisposeAsync();
    }

    /// <summary>The postmaster, then its children.</summary>
    public IReadOnlyList<int> ProcessIds()
    {
        if (!_running) return [];
        var ids = new List<int> { _processId };
        if (!OperatingSystem.IsLinux()) return ids;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && ParentOf(folder) == _processId) ids.Add(id);
        }
        return ids;
    }

    static int ParentOf(string processFolder)
    {
        try
        {
            // "pid (name) state ppid ...": the name may hold anything, so count from its closing bracket.
            var stat = File.ReadAllText(Path.Combine(processFolder, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0; // it ended meanwhile
        }
    }

    async Task PrepareAsync(string parent, CancellationToken cancellation)
    {
        var programs = PostgresPrograms.Folder;
        // A template per installation and user: programs of another version do not understand it.
        var mark = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(
            $"{programs} {File.GetLastWriteTimeUtc(Path.Combine(programs, "postgres")).Ticks}")))[..12];
        var template = Path.Combine(parent, $"bucardo-pg-template-{Environment.UserName}", mark);
        _supervisor = await ClusterSupervisor.PrepareAsync(programs, _home, template, cancellation);
        // Written over files that exist, so that their owner stays the server's user where this process is root.
        await File.AppendAllTextAsync(Path.Combine(_home, "data", "postgresql.conf"), "\n" + _options.ToConfiguration(), cancellation);
        await File.WriteAllTextAsync(Path.Combine(_home, "data", "pg_hba.conf"), _options.ToHostRules(), cancellation);
    }

    /// <summary>False if the server ended while it started.</summary>
    async Task<bool> StartServerAsync(CancellationToken cancellation)
    {
        _processId = await _supervisor!.StartServerAsync(_port, cancellation);
        var statusFile = Path.Combine(_home, "data", "postmaster.pid");
        while (!_supervisor.Exited.IsCompleted)
        {
            if (IsReady(statusFile)) return _running = true;
            await Task.Delay(20, cancellation);
        }
        return false;
    }

    // The same look that pg_ctl takes: first line the process id, eighth line the state.
    bool IsReady(string statusFile)
    {
        try
        {
            var lines = File.ReadAllLines(statusFile);
            return lines.Length >= 8 && lines[0] == _processId.ToString(System.Globalization.CultureInfo.InvariantCulture) && lines[7].Trim() == "ready";
        }
        catch (IOException)
        {
            return false; // not there yet
        }
    }

    async Task SetPasswordAsync(CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder { Host = SocketFolder, Port = _port, Database = "postgres", Username = UserName, Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand($"ALTER ROLE postgres PASSWORD '{Password}'", connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // Below the range from which the system takes the ports of outgoing connections: nobody else gets it while the server is stopped.
    static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(20000, 32000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // taken: try another
            }
        }
    }

    // Unix sockets have paths of 107 bytes at most, and root's own TMPDIR may be closed to user postgres. What need not be safe is kept in memory, where there is enough of it.
    static string TemporaryFolder(PostgresClusterOptions options)
    {
        if (!options.Fsync && Directory.Exists(SharedMemory) && new DriveInfo(SharedMemory).AvailableFreeSpace > RoomInMemory) return SharedMemory;
        var folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        return Signals.IsRoot || folder.Length > 50 ? "/tmp" : folder;
    }

    static CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellation)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        source.CancelAfter(time);
        return source;
    }
}
