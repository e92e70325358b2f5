using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>
/// The connection that Connect-Bucardo made, one per runspace: two sessions in one process (tabs, ForEach-Object -Parallel) do not get in each other's way,
/// and a runspace that ends takes its connection with it.
/// </summary>
static class SessionConnection
{
    /// <summary>Environment variable that holds the connection string of the control database.</summary>
    public const string Variable = "BUCARDO_CONNECTION";

    static readonly ConditionalWeakTable<Runspace, ControlConnection> s_connections = [];

    /// <summary>The session's connection; null if there is none. Pipeline thread only.</summary>
    public static ControlConnection? Current =>
        Runspace.DefaultRunspace is { } runspace && s_connections.TryGetValue(runspace, out var connection) ? connection : null;

    /// <summary>Makes a connection the session's, or forgets it. Pipeline thread only.</summary>
    public static void Set(ControlConnection? connection)
    {
        if (Runspace.DefaultRunspace is not { } runspace) return;
        s_connections.Remove(runspace);
        if (connection is not null) s_connections.Add(runspace, connection);
    }

    /// <summary>True when the environment names a control database.</summary>
    public static bool IsInEnvironment => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(Variable));

    /// <summary>What commands use when neither -Connection nor Connect-Bucardo named a control database: $env:BUCARDO_CONNECTION, else libpq's PG* variables.</summary>
    public static ControlConnection FromEnvironment() => ControlSettings.From(Environment.GetEnvironmentVariable(Variable));
}
