using System.Diagnostics;

namespace Bucardo.Faults.Support;

/// <summary>A file system of a few megabytes for one database: a tablespace on a tmpfs, which takes root to mount.</summary>
sealed class SmallDisk : IAsyncDisposable
{
    static int s_count;

    readonly string _folder;
    readonly string _name;
    readonly PostgresCluster _cluster;

    SmallDisk(string folder, string name, PostgresCluster cluster) => (_folder, _name, _cluster) = (folder, name, cluster);

    /// <summary>Whether this process may mount.</summary>
    public static bool IsPossible { get; } = OperatingSystem.IsLinux() && Environment.UserName == "root" && TryMount();

    /// <summary>Mounts it and makes it a tablespace of the cluster.</summary>
    public static async Task<SmallDisk> CreateAsync(PostgresCluster cluster, int megabytes)
    {
        var name = $"small_{Environment.ProcessId}_{Interlocked.Increment(ref s_count)}";
        var folder = Path.Combine(cluster.Folder, name);
        Directory.CreateDirectory(folder);
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=777", "tmpfs", folder);
        var disk = new SmallDisk(folder, name, cluster);
        Run("chown", "--reference", Path.Combine(cluster.Folder, "data"), folder);
        await cluster.ExecuteAsync("postgres", $"CREATE TABLESPACE {name} LOCATION '{folder}'");
        return disk;
    }

    /// <summary>Moves a database there; nobody but the test may be connected to it.</summary>
    public async Task TakeAsync(TestDatabase database)
    {
        await database.LeaveAsync();
        await _cluster.ExecuteAsync("postgres", $"ALTER DATABASE \"{database.Name}\" SET TABLESPACE {_name}");
    }

    /// <summary>Fills what is left, but for a few kilobytes.</summary>
    public void Fill()
    {
        using var ballast = File.Create(Path.Combine(_folder, "ballast"));
        var free = new DriveInfo(_folder).AvailableFreeSpace;
        try
        {
            ballast.Write(new byte[Math.Max(0, free - 32 * 1024)]);
        }
        catch (IOException)
        {
            // The server has taken a part of the rest meanwhile.
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(Path.Combine(_folder, "ballast"));

    public async ValueTask DisposeAsync()
    {
        await _cluster.ExecuteAsync("postgres", $"DROP TABLESPACE IF EXISTS {_name}");
        Run("umount", "-l", _folder);
    }

    static bool TryMount()
    {
        var folder = Directory.CreateTempSubdirectory("bucardo-mount-").FullName;
        try
        {
            Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
            Run("umount", folder);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}

/// <summary>A test that mounts a file system: skipped where that is not permitted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    /// <summary>Looks whether it can.</summary>
    public SmallDiskFactAttribute()
    {
        if (PostgresServers.AreExternal) Skip = "This test needs a server of its own, and BUCARDO_TEST_SERVER names another one.";
        else if (!SmallDisk.IsPossible) Skip = "This test fills a small file system, and this process may not mount one: run it as root.";
    }
}
