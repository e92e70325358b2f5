using System.Reflection;
using Bucardo.Console.Daemon;
using Bucardo.Console.Demo;
using Bucardo.Model;

namespace Bucardo.Console;

/// <summary>The <c>bucardo</c> command. Exit codes: 0 done, 1 failed, 2 the command line makes no sense, 128 + n ended by signal n.</summary>
static class Program
{
    const string Help = """
        bucardo - multi-master replication for PostgreSQL

        Usage:
          bucardo daemon [options]   run the syncs of a control database until SIGTERM, SIGINT or Stop-BucardoService
          bucardo demo               replicate five pgbench databases in two throwaway clusters and compare them
          bucardo --help             this text ('bucardo daemon --help': the daemon's options)
          bucardo --version          the version

        Databases, tables and syncs are set up with the PowerShell module Bucardo.Ps: Install-Bucardo, New-BucardoDatabase, New-BucardoSync.
        """;

    static string Version =>
        typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    static async Task<int> Main(string[] words)
    {
        try
        {
            return await RunAsync(words);
        }
        catch (UsageException e)
        {
            return Fail(e.Message, 2);
        }
        catch (BucardoException e)
        {
            return Fail(e.Message, 1);
        }
        catch (Exception e)
        {
            // Nobody foresaw it, so whoever reports it needs all of it.
            return Fail(e.ToString(), 1);
        }
    }

    static Task<int> RunAsync(string[] words)
    {
        switch (words.FirstOrDefault())
        {
            case null:
                throw new UsageException("there is nothing to do: say 'bucardo daemon' or 'bucardo demo'; 'bucardo --help' tells more.");
            case "daemon":
                return DaemonCommand.RunAsync(words[1..]);
            case "demo":
                return DemoCommand.RunAsync(words[1..]);
            case "--help" or "-h" or "help":
                return SayAsync(Help);
            case "--version" or "-V" or "version":
                return SayAsync($"bucardo {Version}");
            case var word:
                throw new UsageException($"'{word}' is not a command: there are 'daemon' and 'demo'; 'bucardo --help' tells more.");
        }
    }

    internal static Task<int> SayAsync(string text)
    {
        Terminal.Out.WriteLine(text);
        return Task.FromResult(0);
    }

    static int Fail(string message, int code)
    {
        Terminal.Error.WriteLine($"bucardo: {message}");
        return code;
    }
}
