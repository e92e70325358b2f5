using System.Diagnostics;
using System.Runtime.Versioning;
using Npgsql;

namespace Bucardo.Engine.Tests.Support;

/// <summary>The fixture is tested itself: a leaking or flaky one would spoil every other test.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PostgresClusterTests
{
    [OwnServersFact]
    public async Task Starts_answers_over_tcp_with_its_password_only_and_leaves_nothing_behind()
    {
        var cluster = await PostgresCluster.StartAsync();
        var processes = cluster.ProcessIds();
        var folder = cluster.Folder;
        try
        {
            Assert.Equal(200, int.Parse((await cluster.ScalarAsync<string>("postgres", "SHOW max_connections"))!));
            Assert.Equal("off", await cluster.ScalarAsync<string>("postgres", "SHOW fsync"));
            await using var stranger = new NpgsqlConnection(cluster.ConnectionString("postgres", "postgres", "wrong"));
            await Assert.ThrowsAsync<PostgresException>(() => stranger.OpenAsync());
        }
        finally
        {
            await cluster.DisposeAsync();
        }
        Assert.All(processes, id => Assert.False(IsAlive(id), $"process {id} of the cluster is still there"));
        Assert.False(Directory.Exists(folder));
    }

    [OwnServersFact]
    public async Task Keeps_port_and_data_over_restarts_crashes_included()
    {
        await using var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Fsync = true, Trust = true });
        var port = cluster.Port;
        await cluster.ExecuteAsync("postgres", "CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1)");
        await cluster.RestartAsync();
        await cluster.ExecuteAsync("postgres", "INSERT INTO t VALUES (2)");
        await cluster.RestartAsync(StopMode.Immediate);
        Assert.Equal(2L, await cluster.ScalarAsync<long>("postgres", "SELECT count(*) FROM t"));
        Assert.Equal(port, cluster.Port);

        await cluster.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => cluster.ScalarAsync<int>("postgres", "SELECT 1"));
        await cluster.StartAgainAsync();
        Assert.Equal(1, await cluster.ScalarAsync<int>("postgres", "SELECT 1"));
    }

    [OwnServersFact]
    public async Task A_frozen_server_answers_again_when_it_goes_on()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        cluster.Pause();
        var question = cluster.ScalarAsync<int>("postgres", "SELECT 1");
        await Assert.ThrowsAsync<TimeoutException>(() => question.WaitAsync(TimeSpan.FromSeconds(1)));
        cluster.Resume();
        Assert.Equal(1, await question.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [OwnServersFact]
    public async Task A_cluster_dies_with_the_process_that_started_it()
    {
        // A shell stands for the test process: it holds the pipe to the supervisor, and is killed without a chance to clean up.
        // Instead of a server there is a stand-in that sleeps: what counts is that it is ended and the folder removed.
        using var script = new StreamReader(typeof(PostgresCluster).Assembly.GetManifestResourceStream("cluster.sh")!);
        var place = Directory.CreateTempSubdirectory("bucardo-orphan-").FullName;
        await WriteProgramAsync(place, "initdb", "for a; do case $a in --pgdata=*) mkdir -p \"${a#--pgdata=}\";; esac; done");
        // A shell's background jobs ignore SIGQUIT until they say otherwise, as PostgreSQL does.
        await WriteProgramAsync(place, "postgres", "echo $$ > \"$2/postmaster.pid\"; exec env --default-signal=QUIT sleep 600");
        const string Holder = "mkfifo pipe && (sh -c \"$0\" cluster.sh \"$PWD\" \"$PWD/home\" \"$PWD/template\" <pipe &) && exec 3>pipe && echo start 1 >&3 && exec sleep 600";
        using var holder = Process.Start(new ProcessStartInfo("sh", ["-c", Holder, await script.ReadToEndAsync()])
        {
            WorkingDirectory = place,
            RedirectStandardOutput = true,
        })!;
        try
        {
            var home = Path.Combine(place, "home");
            var statusFile = Path.Combine(home, "data", "postmaster.pid");
            Assert.True(await UntilAsync(() => File.Exists(statusFile) && new FileInfo(statusFile).Length > 0), "the stand-in did not start");
            var server = int.Parse(await File.ReadAllTextAsync(statusFile));
            Assert.True(IsAlive(server));

            holder.Kill();

            Assert.True(await UntilAsync(() => !IsAlive(server)), "the stand-in is still there");
            Assert.True(await UntilAsync(() => !Directory.Exists(home)), "the folder is still there");
        }
        finally
        {
            if (!holder.HasExited) holder.Kill();
            Directory.Delete(place, true);
        }
    }

    [Fact]
    public async Task Databases_of_tests_have_names_of_their_own_and_are_dropped()
    {
        await using var kept = await PostgresServers.CreateAsync("kept");
        await kept.ExecuteAsync("CREATE TABLE t AS SELECT 7 AS i");
        string name;
        await using (var copy = await PostgresServers.CreateAsync("kept", template: kept.Name))
        {
            name = copy.Name;
            Assert.NotEqual(kept.Name, name);
            Assert.Equal(7, await copy.ScalarAsync<int>("SELECT i FROM t"));
            await using var connection = await copy.DataSource.OpenConnectionAsync();
        }
        Assert.Empty(await kept.QueryAsync($"SELECT 1 FROM pg_database WHERE datname = '{name}'"));
    }

    static async Task WriteProgramAsync(string folder, string name, string text)
    {
        var file = Path.Combine(folder, name);
        await File.WriteAllTextAsync(file, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    static async Task<bool> UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 300 && !condition(); i++) await Task.Delay(50);
        return condition();
    }

    static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
