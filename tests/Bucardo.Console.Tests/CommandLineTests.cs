using Bucardo.Console.Daemon;
using Bucardo.Engine.Replication;
using Microsoft.Extensions.Logging;

namespace Bucardo.Console.Tests;

public class CommandLineTests
{
    static async Task<(int Code, string Output)> RunAsync(params string[] words)
    {
        await using var process = BucardoProcess.Start(words);
        return (await process.WaitForExitAsync(), process.Output);
    }

    static DaemonOptions Parse(string words, params (string Name, string Value)[] variables) =>
        DaemonOptions.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), n => variables.FirstOrDefault(v => v.Name == n).Value);

    [Theory]
    [InlineData("--help", "bucardo daemon [options]")]
    [InlineData("daemon --help", "--log-level LEVEL")]
    [InlineData("demo --help", "--transactions N")]
    [InlineData("--version", "bucardo 0.")]
    public async Task Help_and_version_are_printed(string words, string expected)
    {
        var (code, output) = await RunAsync(words.Split(' '));
        Assert.Equal(0, code);
        Assert.Contains(expected, output);
    }

    [Theory]
    [InlineData("", "there is nothing to do")]
    [InlineData("kick", "'kick' is not a command")]
    [InlineData("daemon --colour", "'--colour' is not an option of the daemon")]
    [InlineData("demo --seconds soon", "--seconds takes a number")]
    public async Task What_makes_no_sense_gets_one_sentence_and_exit_code_2(string words, string expected)
    {
        var (code, output) = await RunAsync(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, code);
        Assert.Contains(expected, output);
        Assert.Single(output.Split('\n'));
    }

    [Fact]
    public void The_control_database_is_called_bucardo_unless_something_says_otherwise()
    {
        Assert.Equal(new ConnectionSettings { DatabaseName = "bucardo" }, Parse("").Connection);
        Assert.Equal(new ConnectionSettings { HostName = "h", Port = 6, DatabaseName = "d", UserName = "u", PassFile = "p" },
            Parse("--host h --port=6 --dbname d --user u --passfile p").Connection);
        Assert.Null(Parse("--service prod").Connection.DatabaseName);
        Assert.Null(Parse("", ("PGSERVICE", "prod")).Connection.DatabaseName);
        Assert.Equal("host=h", Parse("", ("BUCARDO_CONNECTION", "host=h")).Connection.ConnectionString);
        Assert.Null(Parse("--host k", ("BUCARDO_CONNECTION", "host=h")).Connection.ConnectionString);
    }

    [Fact]
    public void Syncs_and_levels_are_read()
    {
        Assert.Equal(["a", "b", "c", "d"], Parse("--sync a b --log-level verbose --sync=c,d").Syncs);
        Assert.Equal(LogLevel.Debug, Parse("--log-level verbose").LogLevel);
        Assert.Equal(LogLevel.Information, Parse("").LogLevel);
    }

    [Theory]
    [InlineData("--port high", "from 1 to 65535")]
    [InlineData("--port 70000", "from 1 to 65535")]
    [InlineData("--host", "--host needs a value")]
    [InlineData("--sync --host h", "--sync needs the name")]
    [InlineData("--host a --host b", "given twice")]
    [InlineData("--password secret", "passfile")]
    [InlineData("--dbname postgresql://u:secret@h/d", "BUCARDO_CONNECTION")]
    [InlineData("--log-level loud", "one of error, warning")]
    [InlineData("prod", "'prod' is not an option")]
    public void Options_that_make_no_sense_are_refused(string words, string expected)
    {
        var error = Assert.Throws<UsageException>(() => Parse(words));
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public void A_fault_strikes_at_the_nth_time()
    {
        var kills = 0;
        var faults = EnvironmentFaults.Parse("before-commit@n2#2:kill", () => kills++);
        foreach (var (point, node) in new[] { ("before-commit", "n1"), ("after-commit", "n2"), ("before-commit", "n2") }) faults.Reach(point, node);
        Assert.Equal(0, kills);
        for (var i = 0; i < 3; i++) faults.Reach("before-commit", "n2");
        Assert.Equal(1, kills);
        Assert.Same(NoFaults.Instance, EnvironmentFaults.Parse(""));
        Assert.Throws<UsageException>(() => EnvironmentFaults.Parse("before-commit:kill"));
    }

    [Fact]
    public async Task A_fault_in_a_file_can_be_changed_while_the_daemon_runs()
    {
        var file = Path.GetTempFileName();
        try
        {
            var faults = EnvironmentFaults.Parse($"file={file}");
            faults.Reach("before-commit", "n1");
            File.WriteAllText(file, "hold");
            var reaching = Task.Run(() => faults.Reach("before-commit", "n1"));
            await Task.Delay(200);
            Assert.False(reaching.IsCompleted);
            File.WriteAllText(file, "before-commit@n2:kill");
            await reaching.WaitAsync(Poll.Usual);
            File.WriteAllText(file, "nonsense");
            Assert.Throws<UsageException>(() => faults.Reach("before-commit", "n1"));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
