using Bucardo.Model;

namespace Bucardo.Engine.Postgres;

/// <summary>The one place where failures to connect become errors that say what to do.</summary>
public static class ConnectionErrors
{
    /// <summary>HostUnreachable, AuthenticationFailed, DatabaseMissing or ConnectionFailed, with host, port, user and database in the sentence.</summary>
    public static BucardoException Translate(Exception exception, ConnectionSettings settings, string nodeName) => throw new InvalidOperationException();
}
