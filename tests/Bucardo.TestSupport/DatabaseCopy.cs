using System.Diagnostics;

namespace Bucardo.TestSupport;

/// <summary>What people do by hand: <c>pg_dump --data-only | psql</c>.</summary>
public static class DatabaseCopy
{
    /// <summary>Copies the rows of tables into the same, empty tables of another database.</summary>
    /// <exception cref="InvalidOperationException">One of the two programs has failed.</exception>
    public static async Task RunAsync(TestDatabase from, TestDatabase to, IEnumerable<string> tables)
    {
        var names = string.Join(' ', tables.Select(t => $"-t {t}"));
        using var copy = Process.Start(new ProcessStartInfo("bash", ["-c",
            $"set -o pipefail; '{PostgresPrograms.PathOf("pg_dump")}' --data-only {names} \"$FROM\" | '{PostgresPrograms.PathOf("psql")}' -q -v ON_ERROR_STOP=1 -o /dev/null \"$TO\""])
        {
            Environment = { ["FROM"] = Uri(from), ["TO"] = Uri(to) },
        })!;
        await copy.WaitForExitAsync();
        if (copy.ExitCode != 0) throw new InvalidOperationException($"Copying from {from.Name} to {to.Name} failed: exit code {copy.ExitCode}.");
    }

    static string Uri(TestDatabase database) =>
        $"postgresql://{database.Settings.UserName}:{database.Settings.Password}@{database.Settings.HostName}:{database.Settings.Port}/{database.Settings.DatabaseName}";
}
