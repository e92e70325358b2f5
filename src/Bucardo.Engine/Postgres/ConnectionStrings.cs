using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Postgres;

/// <summary>Turns connection settings in libpq's terms into Npgsql's.</summary>
public static class ConnectionStrings
{
    /// <summary>The whole connection, with all defaults, service file, passfile and PG* variables applied.</summary>
    public static NpgsqlConnectionStringBuilder Build(ConnectionSettings settings) => throw new InvalidOperationException();
}
