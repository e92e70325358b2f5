namespace Bucardo.Model;

/// <summary>
/// Which control database a command works on: what <c>Connect-Bucardo</c> returns and every <c>-Connection</c> parameter takes.
/// It holds no open connection, so a session that is left alone costs the server nothing, and it can be handed to other runspaces.
/// </summary>
public sealed class ControlConnection
{
    // Behind a method, not a property: ConvertTo-Json, Export-Clixml and Format-List * must not come across the password.
    readonly ConnectionSettings _settings;

    /// <summary>Creates the connection.</summary>
    public ControlConnection(ConnectionSettings settings) => _settings = settings;

    /// <summary>Host name, address or socket directory.</summary>
    public string? HostName { get; init; }

    /// <summary>TCP port.</summary>
    public int? Port { get; init; }

    /// <summary>Name of the control database on the server.</summary>
    public string? DatabaseName { get; init; }

    /// <summary>Role logged in as.</summary>
    public string? UserName { get; init; }

    /// <summary>Everything that is needed to connect, password included.</summary>
    public ConnectionSettings GetSettings() => _settings;

    /// <summary>Where it leads, without any secret.</summary>
    public override string ToString() => DatabaseName is null && HostName is null ? _settings.ToString() : $"{UserName}@{HostName}:{Port}/{DatabaseName}";
}

/// <summary>What <c>Install-Bucardo</c> did.</summary>
public sealed record Installation
{
    /// <summary>The control database.</summary>
    public required ControlConnection Connection { get; init; }

    /// <summary>True when the database itself was made.</summary>
    public bool DatabaseCreated { get; init; }

    /// <summary>Version of the schema <c>bucardo</c> that was found; 0 when there was none.</summary>
    public int PreviousVersion { get; init; }

    /// <summary>Version of the schema now.</summary>
    public int Version { get; init; }

    /// <summary>Names of the migrations that were applied, in order; empty when everything was there already.</summary>
    public IReadOnlyList<string> Applied { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Connection}: schema version {Version}";
}
