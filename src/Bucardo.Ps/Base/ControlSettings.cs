using System.Text.RegularExpressions;
using Bucardo.Engine.Postgres;
using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>Makes control connections out of what people give.</summary>
static partial class ControlSettings
{
    /// <summary>Name of the control database unless somebody says otherwise.</summary>
    public const string DefaultDatabase = "bucardo";

    /// <summary>A connection from settings that may name no database.</summary>
    public static ControlConnection From(ConnectionSettings settings) => new(WithDatabase(settings));

    /// <summary>A connection from a connection string of any kind; null: from the PG* variables alone.</summary>
    public static ControlConnection From(string? text) => From(new ConnectionSettings { ConnectionString = string.IsNullOrWhiteSpace(text) ? null : text });

    /// <summary>The same connection, showing where it leads after service file and environment were asked.</summary>
    /// <exception cref="BucardoException">InvalidConnectionString, ServiceNotFound and the like.</exception>
    public static ControlConnection Resolve(ControlConnection connection)
    {
        var settings = connection.GetSettings();
        var built = ConnectionStrings.Build(settings);
        return new(settings) { HostName = built.Host, Port = built.Port, DatabaseName = built.Database, UserName = built.Username };
    }

    // A section of the service file names its database itself, and must not be overruled by our default.
    static ConnectionSettings WithDatabase(ConnectionSettings settings) =>
        settings.DatabaseName is not null || NamesService(settings) ? settings : settings with { DatabaseName = DefaultDatabase };

    static bool NamesService(ConnectionSettings settings) =>
        !string.IsNullOrEmpty(settings.ServiceName)
        || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PGSERVICE"))
        || ServiceKey().IsMatch(settings.ConnectionString ?? "");

    [GeneratedRegex(@"\bservice\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex ServiceKey();
}
