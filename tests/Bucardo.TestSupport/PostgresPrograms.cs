using System.Diagnostics;
using System.Globalization;

namespace Bucardo.TestSupport;

/// <summary>Finds PostgreSQL's server programs on this machine.</summary>
public static class PostgresPrograms
{
    static readonly Lazy<string> s_folder = new(Find);

    /// <summary>The folder that holds initdb and postgres: $BUCARDO_PGBIN, else what pg_config says, else the newest of /usr/lib/postgresql, else PATH.</summary>
    /// <exception cref="InvalidOperationException">There is no PostgreSQL server here.</exception>
    public static string Folder => s_folder.Value;

    /// <summary>Full path of one program, such as <c>pgbench</c>; client programs may lie outside of <see cref="Folder"/>.</summary>
    public static string PathOf(string program) =>
        new[] { Folder }.Concat(SearchPath()).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"'{program}' is not installed: on Debian it comes with the packages postgresql and postgresql-client.");

    static string Find()
    {
        var given = Environment.GetEnvironmentVariable("BUCARDO_PGBIN");
        if (!string.IsNullOrEmpty(given))
            return HoldsServer(given) ? given : throw new InvalidOperationException($"BUCARDO_PGBIN is '{given}', but there is no initdb and postgres in it.");
        return Candidates().FirstOrDefault(HoldsServer)
            ?? throw new InvalidOperationException("There is no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql), "
                + "or name its folder in BUCARDO_PGBIN, or a running server in BUCARDO_TEST_SERVER.");
    }

    static IEnumerable<string> Candidates()
    {
        if (AskPgConfig() is { } answer) yield return answer;
        const string Debian = "/usr/lib/postgresql";
        if (Directory.Exists(Debian))
        {
            foreach (var version in Directory.GetDirectories(Debian).OrderByDescending(VersionOf)) yield return Path.Combine(version, "bin");
        }
        foreach (var folder in SearchPath()) yield return folder;
    }

    static double VersionOf(string folder) =>
        double.TryParse(Path.GetFileName(folder), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

    static IEnumerable<string> SearchPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    static bool HoldsServer(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    static string? AskPgConfig()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("pg_config", "--bindir") { RedirectStandardOutput = true, RedirectStandardError = true });
            var answer = process?.StandardOutput.ReadToEnd().Trim();
            process?.WaitForExit(5000);
            return string.IsNullOrEmpty(answer) ? null : answer;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // not installed; Debian has it in a development package
        }
    }
}
