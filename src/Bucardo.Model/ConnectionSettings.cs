namespace Bucardo.Model;

/// <summary>
/// Where a PostgreSQL database is and how to log in, in libpq's terms. Whatever is left empty comes from the service file,
/// the passfile and the PG* environment variables, in the order in which libpq asks them.
/// </summary>
public sealed record ConnectionSettings
{
    /// <summary>Host name, address, or the directory of a Unix socket. Empty: PGHOST, else localhost.</summary>
    public string? HostName { get; init; }

    /// <summary>TCP port. Empty: PGPORT, else 5432.</summary>
    public int? Port { get; init; }

    /// <summary>Name of the database on the server.</summary>
    public string? DatabaseName { get; init; }

    /// <summary>Role to log in as. Empty: PGUSER, else the operating system's user name.</summary>
    public string? UserName { get; init; }

    /// <summary>The password in the clear, in memory only. It is never printed: see <see cref="ToString"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Section of the service file (pg_service.conf) whose values fill what is empty here.</summary>
    public string? ServiceName { get; init; }

    /// <summary>A passfile of its own, in the format of ~/.pgpass.</summary>
    public string? PassFile { get; init; }

    /// <summary>Further libpq or Npgsql settings, such as <c>sslmode=verify-full sslrootcert=/etc/ca.pem</c>.</summary>
    public string? Options { get; init; }

    /// <summary>A whole connection string (libpq key=value, postgresql:// URI, or Npgsql); its values win over the other properties.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Where the connection leads, without any secret: <c>user@host:port/database</c>.</summary>
    public override string ToString()
    {
        if (!string.IsNullOrEmpty(ServiceName)) return $"service={ServiceName}";
        if (!string.IsNullOrEmpty(ConnectionString)) return "(connection string)";
        var user = string.IsNullOrEmpty(UserName) ? "" : UserName + "@";
        var port = Port is null ? "" : ":" + Port.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return $"{user}{HostName ?? "localhost"}{port}/{DatabaseName}";
    }
}
