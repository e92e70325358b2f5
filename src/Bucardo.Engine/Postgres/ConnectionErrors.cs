using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Postgres;

/// <summary>The one place where failures to connect become errors that say what to do.</summary>
public static class ConnectionErrors
{
    /// <summary>HostUnreachable, AuthenticationFailed, CertificateRejected, DatabaseMissing or ConnectionFailed, with host, port, user and database in the
    /// sentence.</summary>
    /// <param name="exception">What Npgsql threw. A <see cref="BucardoException"/> is handed back as it is; do not hand in a
    /// cancellation.</param>
    /// <param name="settings">Where the connection was to lead.</param>
    /// <param name="nodeName">What the database is called: Bucardo's name for it, or "control database".</param>
    public static BucardoException Translate(Exception exception, ConnectionSettings settings, string nodeName)
    {
        if (exception is BucardoException already) return already;
        var (host, port, user, database) = Describe(settings);
        var node = nodeName.Contains(' ') ? $"The {nodeName}" : $"Database '{nodeName}'";
        var where = $"database \"{database}\" on host {host}, port {port}, as user \"{user}\"";

        if (exception is PostgresException server)
        {
            return server.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                    new("AuthenticationFailed", ErrorKind.Permission,
                    $"{node}: the server refused the login to {where} ({server.MessageText}); check user, password and " +
                    $"pg_hba.conf.", exception),
                PostgresErrorCodes.InvalidCatalogName => new("DatabaseMissing", ErrorKind.NotFound,
                    $"{node}: there is no database \"{database}\" on host {host}, port {port} (asked as user \"{user}\"); create it, " +
                    $"or correct the name.", exception),
                PostgresErrorCodes.InsufficientPrivilege => new("AuthenticationFailed", ErrorKind.Permission,
                    $"{node}: the role may not use {where} ({server.MessageText}); grant it the right that is missing.", exception),
                PostgresErrorCodes.TooManyConnections => new("ConnectionFailed", ErrorKind.Connection,
                    $"{node}: no connection is free for {where} ({server.MessageText}); raise max_connections or close other " +
                    $"sessions.", exception),
                _ => new("ConnectionFailed", ErrorKind.Connection,
                    $"{node}: the connection to {where} failed ({server.MessageText}, SQLSTATE {server.SqlState}); see the server's " +
                    $"log.", exception),
            };
        }
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is SocketException or TimeoutException)
            {
                var what = e is SocketException socket ? socket.Message : "no answer in time";
                return new("HostUnreachable", ErrorKind.Connection,
                    $"{node}: the server cannot be reached for {where} ({what}); check that it runs, host and port, and the " +
                    $"firewall.", exception);
            }
            if (e is AuthenticationException)
            {
                return new("CertificateRejected", ErrorKind.Permission,
                    $"{node}: the server's certificate was not accepted for {where}; sslrootcert must hold the authority that signed it, and with " +
                    $"sslmode=verify-full the certificate must name the host \"{host}\".", exception);
            }
            if (e is CryptographicException)
            {
                return new("CertificateRejected", ErrorKind.Permission,
                    $"{node}: TLS with {where} failed ({e.Message}); check that sslcert and sslkey belong together and that the server knows the " +
                    $"authority that signed sslcert.", exception);
            }
            if (e.Message.Contains("No password has been provided", StringComparison.Ordinal))
            {
                return new("AuthenticationFailed", ErrorKind.Permission,
                    $"{node}: the login to {where} failed ({e.Message}); give a password, a passfile or a service.", exception);
            }
        }
        return new("ConnectionFailed", ErrorKind.Connection,
            $"{node}: the connection to {where} failed ({exception.Message}); see the server's log.", exception);
    }

    /// <summary>True when an error means that the server or the connection to it is gone, or not there yet, so that trying again later
    /// makes sense.</summary>
    public static bool IsConnectionFailure(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is SocketException or IOException or TimeoutException) return true;
            if (e is BucardoException { ErrorId: "HostUnreachable" or "ConnectionFailed" }) return true;
            if (e is PostgresException server)
            {
                return server.SqlState.StartsWith("08", StringComparison.Ordinal) || server.SqlState is PostgresErrorCodes.AdminShutdown
                    or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections
                    or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification;
            }
        }
        return false;
    }

    // Settings that cannot even be understood have nothing but their own short form to show.
    static (string Host, string Port, string User, string Database) Describe(ConnectionSettings settings)
    {
        try
        {
            var built = ConnectionStrings.Build(settings);
            return (built.Host ?? "localhost", built.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                built.Username ?? "", built.Database ?? "");
        }
        catch (BucardoException)
        {
            return (settings.HostName ?? "?", settings.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?",
                settings.UserName ?? "?", settings.DatabaseName ?? "?");
        }
    }
}
