using System.Globalization;
using Bucardo.Model;
using Microsoft.Extensions.Logging;

namespace Bucardo.Console.Daemon;

/// <summary>The command line of <c>bucardo daemon</c>.</summary>
sealed record DaemonOptions
{
    /// <summary>What <c>bucardo daemon --help</c> says.</summary>
    public const string Help = """
        Usage: bucardo daemon [options]

        Runs the active syncs of a control database in the foreground. SIGTERM or SIGINT (Ctrl+C) stop it cleanly: the round in hand is
        finished, or rolled back after ten seconds; a second signal ends it at once, and nothing is lost either way. Several daemons may run
        on one control database: each sync is run by one of them, and another one takes over when that one ends. The log goes to stderr.

          --host NAME        host, address or socket directory of the control database
          --port NUMBER      its port
          --dbname NAME      its name (default: bucardo)
          --user NAME        the role to log in as
          --service NAME     a section of the service file (pg_service.conf) that says all this
          --passfile PATH    a passfile in the format of ~/.pgpass
          --sync NAME...     run only these syncs
          --log-level LEVEL  error, warning, information (default), debug or trace; Bucardo's terse, normal and verbose are known too
          --help             this text

        What is not given comes from BUCARDO_CONNECTION (a connection string, if no connection option is given) and PGHOST, PGPORT, PGUSER,
        PGSERVICE, PGPASSFILE, PGPASSWORD. There is no option for a password: everybody on the machine could read it there.
        """;

    /// <summary>The control database.</summary>
    public required ConnectionSettings Connection { get; init; }

    /// <summary>Run only these; empty: all.</summary>
    public IReadOnlyList<string> Syncs { get; init; } = [];

    /// <summary>What is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Reads the command line.</summary>
    /// <param name="words">What stands behind <c>daemon</c>.</param>
    /// <param name="variable">The environment.</param>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public static DaemonOptions Parse(IReadOnlyList<string> words, Func<string, string?> variable)
    {
        var values = new Dictionary<string, string>();
        var syncs = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            var (name, value) = Split(words[i]);
            if (name == "--sync")
            {
                if (value is not null) syncs.AddRange(value.Split(','));
                else if (i + 1 == words.Count || words[i + 1].StartsWith('-')) throw new UsageException("--sync needs the name of a sync.");
                while (i + 1 < words.Count && !words[i + 1].StartsWith('-')) syncs.AddRange(words[++i].Split(','));
                continue;
            }
            CheckKnown(name);
            if (value is null && i + 1 == words.Count) throw new UsageException($"{name} needs a value.");
            value ??= words[++i];
            if (value.Length == 0) throw new UsageException($"{name} is empty.");
            if (!values.TryAdd(name, value)) throw new UsageException($"{name} is given twice.");
        }
        return new DaemonOptions { Connection = ConnectionOf(values, variable), Syncs = syncs, LogLevel = LevelOf(values.GetValueOrDefault("--log-level")) };
    }

    static (string Name, string? Value) Split(string word)
    {
        var equals = word.IndexOf('=');
        return word.StartsWith("--", StringComparison.Ordinal) && equals > 0 ? (word[..equals], word[(equals + 1)..]) : (word, null);
    }

    static void CheckKnown(string name)
    {
        if (name is "--host" or "--port" or "--dbname" or "--user" or "--service" or "--passfile" or "--log-level") return;
        if (name is "--password" or "--pass" or "-W")
            throw new UsageException("a password on the command line could be read by everybody on the machine: use a passfile (--passfile, ~/.pgpass) or PGPASSWORD.");
        throw new UsageException($"'{name}' is not an option of the daemon; 'bucardo daemon --help' lists them.");
    }

    static ConnectionSettings ConnectionOf(Dictionary<string, string> values, Func<string, string?> variable)
    {
        int? port = null;
        if (values.TryGetValue("--port", out var text))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535)
                throw new UsageException($"--port is '{text}', but a port is a number from 1 to 65535.");
            port = number;
        }
        var database = values.GetValueOrDefault("--dbname");
        // psql takes a connection string here; a password in it would be seen by everybody.
        if (database?.Contains('=') == true || database?.Contains("://", StringComparison.Ordinal) == true)
            throw new UsageException("--dbname takes the name of a database: a connection string goes into BUCARDO_CONNECTION.");
        var connection = new ConnectionSettings
        {
            HostName = values.GetValueOrDefault("--host"),
            Port = port,
            DatabaseName = database,
            UserName = values.GetValueOrDefault("--user"),
            ServiceName = values.GetValueOrDefault("--service"),
            PassFile = values.GetValueOrDefault("--passfile"),
        };
        var whole = variable("BUCARDO_CONNECTION");
        if (connection == new ConnectionSettings() && !string.IsNullOrWhiteSpace(whole)) connection = connection with { ConnectionString = whole };
        // A section of the service file, or a connection string, names its database itself and must not be overruled by the default.
        var namesDatabase = connection.ServiceName is not null || !string.IsNullOrEmpty(variable("PGSERVICE"))
            || connection.ConnectionString?.Contains("service", StringComparison.OrdinalIgnoreCase) == true;
        return namesDatabase ? connection : connection with { DatabaseName = database ?? "bucardo" };
    }

    static LogLevel LevelOf(string? word) => word?.ToLowerInvariant() switch
    {
        null or "normal" or "info" or "information" => LogLevel.Information,
        "terse" or "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "verbose" or "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => throw new UsageException($"--log-level is '{word}', but it is one of error, warning, information, debug and trace."),
    };
}
