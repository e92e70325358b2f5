namespace Bucardo.TestSupport;

/// <summary>What a throwaway cluster is to be like.</summary>
public sealed record PostgresClusterOptions
{
    /// <summary>Write safely, as a real server does. Off by default: a throwaway cluster that survives no power cut is several times faster.</summary>
    public bool Fsync { get; init; }

    /// <summary>Let everybody in over TCP without a password. Off by default.</summary>
    public bool Trust { get; init; }

    /// <summary>How many connections the server takes.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Whether passwords are checked by SCRAM, as PostgreSQL does by itself. Tests open thousands of connections, and its thousands of hashes for each are a sixth of their processor time.</summary>
    public bool Scram { get; init; }

    string PasswordMethod => Scram ? "scram-sha-256" : "md5";

    /// <summary>Further lines of postgresql.conf; they win over the defaults.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long the start may take before it counts as failed.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    internal string ToConfiguration()
    {
        var values = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["max_connections"] = MaxConnections.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["shared_buffers"] = "32MB",
            ["fsync"] = Fsync ? "on" : "off",
            ["password_encryption"] = PasswordMethod,
            ["full_page_writes"] = Fsync ? "on" : "off",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_line_prefix"] = "%m [%p] %q%u@%d %a ",
            ["log_lock_waits"] = "on",
            ["logging_collector"] = "off",
            // Databases of tests come and go by the minute: it would start a process in one or the other of them all the time.
            ["autovacuum_naptime"] = "10min",
        };
        // It may lie in memory.
        if (!Fsync) (values["min_wal_size"], values["max_wal_size"], values["wal_keep_size"]) = ("32MB", "64MB", "64MB");
        foreach (var (name, value) in Settings) values[name] = value;
        return string.Concat(values.Select(v => $"{v.Key} = '{v.Value.Replace("'", "''")}'\n"));
    }

    internal string ToHostRules()
    {
        var method = Trust ? "trust" : PasswordMethod;
        // The socket lies in a folder that only the owner can enter, so trust is no hole there.
        return $"local all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 {method}\nhost replication all 127.0.0.1/32 {method}\n";
    }
}
