using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that is told where a database is and how to log in, in libpq's terms. What is left out comes from service file, passfile and PG* variables.</summary>
public abstract class EndpointCommand : ControlCommand
{
    /// <summary>Host name, address, or the directory of a Unix socket. Default: PGHOST, else localhost.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Host", "Server", "ComputerName")]
    [EmptyIsNull]
    public string? HostName { get; set; }

    /// <summary>TCP port. Default: PGPORT, else 5432.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Name of the database on the server.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("DbName")]
    [EmptyIsNull]
    public string? DatabaseName { get; set; }

    /// <summary>Role to log in as, where the password comes from a passfile or none is needed. Default: PGUSER, else the operating system's user name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("User")]
    [EmptyIsNull]
    public string? UserName { get; set; }

    /// <summary>Role and password. A passfile (~/.pgpass) or a service file needs no password here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Name of a secret of Microsoft.PowerShell.SecretManagement: a credential, or a password that goes with -UserName.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Secret")]
    [EmptyIsNull]
    public string? SecretName { get; set; }

    /// <summary>Vault of the secret. Default: all that are registered.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Vault")]
    [EmptyIsNull]
    public string? SecretVault { get; set; }

    /// <summary>Section of the service file (pg_service.conf).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Service")]
    [EmptyIsNull]
    public string? ServiceName { get; set; }

    /// <summary>Passfile to take the password from, in the format of ~/.pgpass.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public string? PassFile { get; set; }

    /// <summary>Further libpq or Npgsql settings, such as <c>sslmode=verify-full sslrootcert=/etc/ca.pem</c>.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public string? Options { get; set; }

    /// <summary>A whole connection string: libpq key=value, a postgresql:// URI, or Npgsql's form. Its values win over the other parameters.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public string? ConnectionString { get; set; }

    /// <summary>True when any of these parameters was given.</summary>
    protected bool HasEndpoint =>
        HostName is not null || Port is not null || DatabaseName is not null || UserName is not null || HasCredential || SecretName is not null
        || ServiceName is not null || PassFile is not null || Options is not null || ConnectionString is not null;

    bool HasCredential => Credential is not null && Credential != PSCredential.Empty;

    /// <summary>These parameters as settings; what was not given is null.</summary>
    /// <exception cref="BucardoException">SecretManagementMissing, SecretNotFound, SecretWithoutUser.</exception>
    protected ConnectionSettings EndpointSettings() => Settings(SecretName is null ? HasCredential ? Credential : null : SecretStore.Get(this, SecretName, SecretVault, UserName));

    ConnectionSettings Settings(PSCredential? login) => new()
    {
        HostName = HostName,
        Port = Port,
        DatabaseName = DatabaseName,
        UserName = login?.UserName ?? UserName,
        Password = login?.GetNetworkCredential().Password,
        ServiceName = ServiceName,
        PassFile = PassFile is null ? null : GetUnresolvedProviderPathFromPSPath(PassFile),
        Options = Options,
        ConnectionString = ConnectionString,
    };
}
