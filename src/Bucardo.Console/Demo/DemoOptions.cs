using System.Globalization;

namespace Bucardo.Console.Demo;

/// <summary>The command line of <c>bucardo demo</c>.</summary>
sealed record DemoOptions
{
    /// <summary>What <c>bucardo demo --help</c> says.</summary>
    public const string Help = """
        Usage: bucardo demo [options]

        Starts two throwaway PostgreSQL clusters, replicates five pgbench databases among them (t1 to t4 sources, t5 target) and compares
        them row by row: first after a kick, then after changes that were replicated as they came. Nothing of it stays behind, and no server
        of this machine is touched. The exit code is 0 only if all databases were equal both times.

          --transactions N   pgbench transactions on each source in the first part (default: 10000)
          --seconds N        how long pgbench runs in the second part (default: 10)
          --help             this text

        PostgreSQL's programs are looked for in BUCARDO_PGBIN, where pg_config says, in /usr/lib/postgresql and in PATH.
        """;

    /// <summary>pgbench transactions on each source in the first part.</summary>
    public int Transactions { get; init; } = 10_000;

    /// <summary>How many seconds pgbench runs in the second part.</summary>
    public int Seconds { get; init; } = 10;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public static DemoOptions Parse(IReadOnlyList<string> words)
    {
        var options = new DemoOptions();
        for (var i = 0; i < words.Count; i++)
        {
            var parts = words[i].Split('=', 2);
            if (parts[0] is not ("--transactions" or "--seconds"))
                throw new UsageException($"'{parts[0]}' is not an option of the demo; 'bucardo demo --help' lists them.");
            var value = parts.Length == 2 ? parts[1] : i + 1 < words.Count ? words[++i] : "";
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 1_000_000)
                throw new UsageException($"{parts[0]} takes a number from 1 to 1000000.");
            options = parts[0] == "--seconds" ? options with { Seconds = number } : options with { Transactions = number };
        }
        return options;
    }
}
