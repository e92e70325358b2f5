namespace Bucardo.Engine.Postgres;

/// <summary>libpq's connection keywords: Npgsql's name of each, and the environment variable that stands in for it.</summary>
static class ConnectionKeywords
{
    /// <param name="Npgsql">Npgsql's keyword; null when the setting is handled here, or means nothing to Npgsql.</param>
    /// <param name="Variable">The environment variable.</param>
    internal readonly record struct Keyword(string? Npgsql, string? Variable);

    public static IReadOnlyDictionary<string, Keyword> Libpq { get; } = new Dictionary<string, Keyword>(StringComparer.Ordinal)
    {
        ["host"] = new("Host", "PGHOST"),
        ["hostaddr"] = new(null, "PGHOSTADDR"),
        ["port"] = new("Port", "PGPORT"),
        ["dbname"] = new("Database", "PGDATABASE"),
        ["user"] = new("Username", "PGUSER"),
        ["password"] = new("Password", "PGPASSWORD"),
        ["passfile"] = new("Passfile", null),
        ["service"] = new(null, "PGSERVICE"),
        ["sslmode"] = new("SSL Mode", "PGSSLMODE"),
        ["sslnegotiation"] = new("SSL Negotiation", "PGSSLNEGOTIATION"),
        ["sslrootcert"] = new("Root Certificate", "PGSSLROOTCERT"),
        ["sslcert"] = new("SSL Certificate", "PGSSLCERT"),
        ["sslkey"] = new("SSL Key", "PGSSLKEY"),
        ["sslpassword"] = new("SSL Password", null),
        ["connect_timeout"] = new("Timeout", "PGCONNECT_TIMEOUT"),
        ["application_name"] = new("Application Name", "PGAPPNAME"),
        ["fallback_application_name"] = new(null, null),
        ["client_encoding"] = new("Client Encoding", "PGCLIENTENCODING"),
        ["options"] = new("Options", "PGOPTIONS"),
        ["target_session_attrs"] = new("Target Session Attributes", "PGTARGETSESSIONATTRS"),
        ["load_balance_hosts"] = new("Load Balance Hosts", "PGLOADBALANCEHOSTS"),
        ["channel_binding"] = new("Channel Binding", "PGCHANNELBINDING"),
        ["gssencmode"] = new("GSS Encryption Mode", "PGGSSENCMODE"),
        ["krbsrvname"] = new("Kerberos Service Name", "PGKRBSRVNAME"),
        ["require_auth"] = new("Require Auth", "PGREQUIREAUTH"),
        ["keepalives"] = new("Tcp Keepalive", null),
        ["keepalives_idle"] = new("Tcp Keepalive Time", null),
        ["keepalives_interval"] = new("Tcp Keepalive Interval", null),
        // Known to libpq, without counterpart in Npgsql and without harm when they are left out.
        ["keepalives_count"] = default,
        ["tcp_user_timeout"] = default,
        ["sslcompression"] = default,
        ["sslsni"] = default,
        ["gsslib"] = default,
        ["gssdelegation"] = default,
    };

    /// <summary>libpq's spelling of a value, in Npgsql's.</summary>
    public static string Value(string keyword, string value) => keyword switch
    {
        "sslmode" => value switch { "verify-ca" => "VerifyCA", "verify-full" => "VerifyFull", _ => value },
        "require_auth" => value.Replace("scram-sha-256", "ScramSHA256", StringComparison.Ordinal),
        "load_balance_hosts" => value switch { "disable" => "false", "random" => "true", _ => value },
        "keepalives" => value switch { "0" => "false", "1" => "true", _ => value },
        _ => value,
    };
}
