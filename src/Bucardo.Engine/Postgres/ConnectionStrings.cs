using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Postgres;

/// <summary>
/// Turns connection settings in libpq's terms into Npgsql's. Each value is looked for in this order: connection string, the settings' own
/// properties,
/// <see cref="ConnectionSettings.Options"/>, service file, PG* environment variables, our defaults; the password at last in the passfile.
/// </summary>
public static class ConnectionStrings
{
    const int DefaultPort = 5432;
    const string SearchPath = "pg_catalog, pg_temp";

    /// <summary>The whole connection, with all defaults, service file, passfile and PG* variables applied.</summary>
    /// <exception cref="BucardoException">InvalidConnectionString, ServiceNotFound, ServiceFileInvalid, PassFileNotFound,
    /// PassFilePermissions, CertificateFileMissing, KeyPermissions, ServiceFilePermissions.</exception>
    public static NpgsqlConnectionStringBuilder Build(ConnectionSettings settings) => Build(settings, ConnectionEnvironment.Process);

    /// <summary>
    /// Connections to a database. With several hosts, those that accept writes are taken, unless target_session_attrs says otherwise.
    /// The caller disposes of it.
    /// </summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="configure">Changes to the connection before it is used, such as the size of the pool.</param>
    public static NpgsqlDataSource CreateDataSource(ConnectionSettings settings, Action<NpgsqlConnectionStringBuilder>? configure = null)
    {
        var built = Build(settings);
        configure?.Invoke(built);
        return CreateDataSource(built);
    }

    internal static NpgsqlDataSource CreateDataSource(NpgsqlConnectionStringBuilder built)
    {
        var wanted = built.TargetSessionAttributes;
        built.TargetSessionAttributes = null;
        var source = new NpgsqlDataSourceBuilder(built.ConnectionString);
        // To read all types of a server takes its backend longer than the login, and nothing here takes values of types that are not PostgreSQL's own as anything but text or COPY.
        source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        if (built.Host?.Contains(',') != true) return source.Build();
        return source.BuildMultiHost().WithTargetSession(wanted?.ToLowerInvariant() switch
        {
            "any" => TargetSessionAttributes.Any,
            "read-only" => TargetSessionAttributes.ReadOnly,
            "primary" => TargetSessionAttributes.Primary,
            "standby" => TargetSessionAttributes.Standby,
            "prefer-primary" => TargetSessionAttributes.PreferPrimary,
            "prefer-standby" => TargetSessionAttributes.PreferStandby,
            _ => TargetSessionAttributes.ReadWrite,
        });
    }

    internal static NpgsqlConnectionStringBuilder Build(ConnectionSettings settings, ConnectionEnvironment environment)
    {
        var values = Merge(settings, environment);
        if (!values.ContainsKey("hostaddr")) values.TryAdd("host", "localhost");
        values.TryAdd("user", environment.UserName);
        values.TryAdd("dbname", values["user"]);
        // libpq's word for the system's own authorities, which are Npgsql's default.
        if (values.TryGetValue("sslrootcert", out var root) && root == "system")
        {
            values.Remove("sslrootcert");
            values.TryAdd("sslmode", "verify-full");
        }
        PrivateFile.CheckCertificates(values.GetValueOrDefault("sslrootcert"), values.GetValueOrDefault("sslcert"), values.GetValueOrDefault("sslkey"));
        var (addresses, firstPort) = Addresses(values);
        if (!values.ContainsKey("password")
            && PassFile.Find(values.GetValueOrDefault("passfile"), addresses, values["dbname"], values["user"],
                environment) is { } password)
        {
            values["password"] = password;
        }

        var result = new NpgsqlConnectionStringBuilder
        {
            ApplicationName = values.GetValueOrDefault("fallback_application_name", "bucardo"),
            Timeout = 10,
            CommandTimeout = 60,
            IncludeErrorDetail = true,
            TcpKeepAlive = true,
            TcpKeepAliveTime = 30,
            TcpKeepAliveInterval = 10,
        };
        foreach (var (key, value) in values) Apply(result, key, value);
        // From the first moment on, for the driver asks the catalog before we can say anything: somebody else's operators and functions in schema public must not be
        // found by whoever has greater rights (CVE-2018-1058).
        result.SearchPath = SearchPath;
        result.Host = addresses.Count == 1 ? addresses[0].Host : string.Join(',', addresses.Select(a => $"{Bracketed(a.Host)}:{a.Port}"));
        result.Port = firstPort;
        // On a Unix socket the system refuses these settings, and with them the connection. It needs none: who dies there is noticed.
        if (addresses.Any(a => a.Host.StartsWith('/') || a.Host.StartsWith('@')))
            (result.TcpKeepAlive, result.TcpKeepAliveTime, result.TcpKeepAliveInterval) = (false, 0, 0);
        // What came out of a passfile is applied; Npgsql must not look again under its own rules.
        result.Passfile = null;
        return result;
    }

    static Dictionary<string, string> Merge(ConnectionSettings settings, ConnectionEnvironment environment)
    {
        var values = ConnectionText.Parse(settings.ConnectionString ?? "");
        void Default(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value)) values.TryAdd(key, value);
        }
        // A host that one layer names must not meet the address of another one.
        void Layer(IReadOnlyDictionary<string, string> layer)
        {
            var hasHost = values.ContainsKey("host") || values.ContainsKey("hostaddr");
            foreach (var (key, value) in layer)
            {
                if (!hasHost || key is not ("host" or "hostaddr")) Default(key, value);
            }
        }
        Default("host", settings.HostName);
        Default("port", settings.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Default("dbname", settings.DatabaseName);
        Default("user", settings.UserName);
        Default("password", settings.Password);
        Default("passfile", settings.PassFile);
        Default("service", settings.ServiceName);
        Layer(ConnectionText.Parse(settings.Options ?? ""));
        Default("service", environment.Variable("PGSERVICE"));
        if (values.TryGetValue("service", out var service))
        {
            var section = ServiceFile.Find(service, environment);
            foreach (var key in section.Keys.Where(k => !ConnectionKeywords.Libpq.ContainsKey(k)))
                throw new BucardoException("ServiceFileInvalid", ErrorKind.InvalidArgument,
                    $"Service '{service}' holds the setting '{key}', which is not known; correct or remove it.");
            Layer(section);
        }
        Layer(ConnectionKeywords.Libpq.Where(k => k.Value.Variable is not null && k.Key != "service")
            .Select(k => (k.Key, Value: environment.Variable(k.Value.Variable!))).Where(k => k.Value is not null)
            .ToDictionary(k => k.Key, k => k.Value!));
        return values;
    }

    static (List<(string Host, int Port)> Addresses, int FirstPort) Addresses(Dictionary<string, string> values)
    {
        // libpq connects to hostaddr and takes host for the certificate's name only; Npgsql knows one of the two.
        var useAddress = values.TryGetValue("hostaddr", out var address)
            && !(values.ContainsKey("host") && values.GetValueOrDefault("sslmode") is ("verify-full" or "VerifyFull"));
        var hosts = (useAddress ? address! : values["host"]).Split(',');
        var ports = values.GetValueOrDefault("port", "").Split(',');
        if (ports.Length != 1 && ports.Length != hosts.Length) throw ConnectionText.Invalid(
            "it names as many ports as hosts, or one port for all");
        var addresses = new List<(string, int)>();
        for (var i = 0; i < hosts.Length; i++)
        {
            var text = ports.Length == 1 ? ports[0] : ports[i];
            var host = hosts[i].Trim();
            var port = DefaultPort;
            if (text.Length > 0 && !(int.TryParse(text, out port) && port is > 0 and < 65536)) throw ConnectionText.Invalid(
                "a port is not a number from 1 to 65535");
            // Npgsql's own form may carry the port beside the host.
            if (hosts.Length > 1 && ports.Length == 1 && SplitPort(host) is { } split) (host, port) = split;
            addresses.Add((host.Length == 0 ? "localhost" : host, port));
        }
        return (addresses, addresses[0].Item2);
    }

    static (string, int)? SplitPort(string host)
    {
        var colon = host.LastIndexOf(':');
        return colon > 0 && host.IndexOf(':') == colon && int.TryParse(host[(colon + 1)..], out var port) ? (host[..colon], port) : null;
    }

    static string Bracketed(string host) => host.Contains(':') && !host.StartsWith('[') && !host.StartsWith('/') ? $"[{host}]" : host;

    static void Apply(NpgsqlConnectionStringBuilder builder, string key, string value)
    {
        if (key is "host" or "hostaddr" or "port" or "passfile") return;
        var keyword = key.StartsWith(ConnectionText.NpgsqlPrefix, StringComparison.Ordinal) ? key[ConnectionText.NpgsqlPrefix.Length..]
            : ConnectionKeywords.Libpq[key].Npgsql;
        if (keyword is null) return;
        try
        {
            builder[keyword] = ConnectionKeywords.Value(key, value);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or InvalidCastException or NotSupportedException)
        {
            throw ConnectionText.Invalid($"the value of '{(key.StartsWith(ConnectionText.NpgsqlPrefix, StringComparison.Ordinal) ? keyword : key)}' is not valid");
        }
    }
}
