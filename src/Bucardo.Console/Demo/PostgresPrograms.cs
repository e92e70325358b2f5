using System.Diagnostics;
using System.Globalization;
using Bucardo.Model;

namespace Bucardo.Console.Demo;

/// <summary>PostgreSQL's programs on this machine.</summary>
sealed class PostgresPrograms
{
    const string Debian = "/usr/lib/postgresql";

    PostgresPrograms(string folder) => Folder = folder;

    /// <summary>The folder that holds initdb and postgres.</summary>
    public string Folder { get; }

    /// <summary>Looks in BUCARDO_PGBIN, where pg_config says, in Debian's folders (the newest version first), and in PATH.</summary>
    /// <exception cref="BucardoException">PostgresMissing.</exception>
    public static PostgresPrograms Find()
    {
        var given = Environment.GetEnvironmentVariable("BUCARDO_PGBIN");
        if (!string.IsNullOrEmpty(given))
            return HoldsServer(given) ? new(given) : throw Missing($"BUCARDO_PGBIN is '{given}', but initdb and postgres are not there: correct it.");
        var folder = Candidates().FirstOrDefault(HoldsServer)
            ?? throw Missing("There is no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql), or name its folder in BUCARDO_PGBIN.");
        return new(folder);
    }

    /// <summary>The path of a program; clients may lie elsewhere than the server.</summary>
    /// <exception cref="BucardoException">PostgresMissing.</exception>
    public string PathOf(string program) =>
        new[] { Folder }.Concat(SearchPath()).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists)
        ?? throw Missing($"PostgreSQL's program {program} is not installed: on Debian it comes with the package postgresql.");

    /// <summary>The path of one of the system's own programs; null if it is not there.</summary>
    public static string? FindSystem(string program) =>
        SearchPath().Concat(["/usr/bin", "/usr/sbin", "/bin", "/sbin"]).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    static BucardoException Missing(string message) => new("PostgresMissing", ErrorKind.NotFound, message);

    static IEnumerable<string> Candidates()
    {
        if (AskPgConfig() is { } answer) yield return answer;
        if (Directory.Exists(Debian))
            foreach (var version in Directory.GetDirectories(Debian).OrderByDescending(VersionOf)) yield return Path.Combine(version, "bin");
        foreach (var folder in SearchPath()) yield return folder;
    }

    static double VersionOf(string folder) =>
        double.TryParse(Path.GetFileName(folder), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

    static IEnumerable<string> SearchPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    static bool HoldsServer(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    static string? AskPgConfig()
    {
        if (FindSystem("pg_config") is not { } path) return null;
        using var process = Process.Start(new ProcessStartInfo(path, "--bindir") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var answer = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit(5000);
        return answer.Length == 0 ? null : answer;
    }
}
