using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Console.Demo;

/// <summary>
/// PostgreSQL clusters in a temporary folder. They go when this is disposed of, or when the process ends, however it ends: clusters.sh sees to that.
/// As root the servers run as user postgres, for PostgreSQL refuses to run as root.
/// </summary>
sealed class ThrowawayClusters : IAsyncDisposable
{
    readonly Process _supervisor;
    readonly string _home;

    ThrowawayClusters(Process supervisor, string home) => (_supervisor, _home) = (supervisor, home);

    /// <summary>The superuser of all clusters.</summary>
    public const string UserName = "postgres";

    /// <summary>Makes clusters and starts them.</summary>
    /// <exception cref="BucardoException">ClusterFailed, with the end of the server's log.</exception>
    public static async Task<ThrowawayClusters> StartAsync(PostgresPrograms programs, int count, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
            throw Failed("The demo's throwaway clusters need a Unix system, such as the Windows Subsystem for Linux.");
        using var script = new StreamReader(typeof(ThrowawayClusters).Assembly.GetManifestResourceStream("clusters.sh")!);
        var home = Path.Combine(TemporaryFolder(), $"bucardo-demo-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");
        var command = new List<string>();
        // In a session of its own, Ctrl+C in the terminal does not reach it: the demo ends it in order.
        if (PostgresPrograms.FindSystem("setsid") is { } setsid) command.Add(setsid);
        if (Environment.IsPrivilegedProcess) command.AddRange(AsPostgres());
        command.AddRange(["sh", "-c", await script.ReadToEndAsync(cancellation), "clusters.sh", programs.Folder, home, count.ToString(CultureInfo.InvariantCulture)]);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        var clusters = new ThrowawayClusters(Process.Start(start)!, home);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            var answer = await clusters._supervisor.StandardOutput.ReadLineAsync(limit.Token);
            return answer == "ready" ? clusters : throw Failed($"The PostgreSQL clusters in {home} did not start: {answer?.Replace("failed ", "") ?? "their supervisor ended"}");
        }
        catch (Exception e)
        {
            await clusters.DisposeAsync();
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested) throw Failed($"The PostgreSQL clusters in {home} did not start within a minute.");
            throw;
        }
    }

    /// <summary>The folder of a cluster's Unix socket, which is its host name.</summary>
    /// <param name="cluster">Counted from 1.</param>
    public string HostOf(int cluster) => Path.Combine(_home, cluster.ToString(CultureInfo.InvariantCulture), "socket");

    /// <summary>The way to a database.</summary>
    public ConnectionSettings For(int cluster, string database) => new() { HostName = HostOf(cluster), Port = 5432, DatabaseName = database, UserName = UserName };

    /// <summary>A connection of its own; the caller disposes of it.</summary>
    public async Task<NpgsqlConnection> OpenAsync(int cluster, string database, CancellationToken cancellation)
    {
        var text = new NpgsqlConnectionStringBuilder { Host = HostOf(cluster), Port = 5432, Database = database, Username = UserName, Pooling = false, CommandTimeout = 120 };
        var connection = new NpgsqlConnection(text.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the servers and waits until they and their folder are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _supervisor.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await _supervisor.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _supervisor.Kill(entireProcessTree: true);
        }
        catch (IOException)
        {
            // The pipe is broken: it has ended already.
        }
        _supervisor.Dispose();
    }

    // setpriv becomes the program it runs; runuser stays in between, which does no harm.
    static string[] AsPostgres()
    {
        if (PostgresPrograms.FindSystem("setpriv") is { } setpriv) return [setpriv, "--reuid=postgres", "--regid=postgres", "--init-groups", "--"];
        if (PostgresPrograms.FindSystem("runuser") is { } runuser) return [runuser, "-u", "postgres", "--"];
        throw Failed("PostgreSQL refuses to run as root, and there is neither setpriv nor runuser: run the demo as an ordinary user.");
    }

    // The path of a Unix socket has 107 bytes at most, and user postgres may not enter root's own TMPDIR.
    static string TemporaryFolder()
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        return Environment.IsPrivilegedProcess || folder.Length > 50 ? "/tmp" : folder;
    }

    static BucardoException Failed(string message) => new("ClusterFailed", ErrorKind.InvalidOperation, message.Trim());
}
