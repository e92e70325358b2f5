using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Changes a registered database: its name, its connection, whether it takes part in rounds. What is not given stays as it is.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Database))]
public sealed class SetBucardoDatabaseCommand : DatabaseSelectionCommand
{
    /// <summary>A new name; groups, tables and herds follow.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>Whether it takes part in rounds.</summary>
    [Parameter]
    public DatabaseStatus? Status { get; set; }

    /// <summary>Host name, address, or the directory of a Unix socket; '' clears it.</summary>
    [Parameter]
    [Alias("Host", "Server", "ComputerName")]
    public string? HostName { get; set; }

    /// <summary>TCP port.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Name of the database on the server.</summary>
    [Parameter]
    [Alias("DbName")]
    public string? DatabaseName { get; set; }

    /// <summary>Role to log in as; '' clears it.</summary>
    [Parameter]
    [Alias("User")]
    public string? UserName { get; set; }

    /// <summary>Role and password; the password is stored encrypted in place of the old one.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Name of a secret of Microsoft.PowerShell.SecretManagement, in the place of -Credential: a credential, or a password that goes with -UserName or the role that is set already.</summary>
    [Parameter]
    [Alias("Secret")]
    public string? SecretName { get; set; }

    /// <summary>Vault of the secret. Default: all that are registered.</summary>
    [Parameter]
    [Alias("Vault")]
    public string? SecretVault { get; set; }

    /// <summary>Forget the stored password: a passfile, a service file or the server's own trust is used from now on.</summary>
    [Parameter]
    public SwitchParameter ClearPassword { get; set; }

    /// <summary>Section of the service file; '' clears it.</summary>
    [Parameter]
    [Alias("Service")]
    public string? ServiceName { get; set; }

    /// <summary>Passfile; '' clears it.</summary>
    [Parameter]
    public string? PassFile { get; set; }

    /// <summary>Further libpq or Npgsql settings; '' clears them.</summary>
    [Parameter]
    public string? Options { get; set; }

    /// <summary>A whole connection string, whose values win over the other settings; '' clears it.</summary>
    [Parameter]
    public string? ConnectionString { get; set; }

    /// <summary>Return the changed database.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Database database)
    {
        if (!ShouldProcess($"database '{database.Name}'", "Change " + Changes.Of(MyInvocation))) return;
        var connection = NewSettings(database);
        var changed = Ask((control, cancellation) => control.Databases.UpdateAsync(
            database.Name,
            new DatabaseChange { NewName = NewName, Status = Status, ClearPassword = ClearPassword, Connection = connection },
            cancellation));
        if (PassThru) WriteObject(changed);
    }

    ConnectionSettings? NewSettings(Database database)
    {
        var login = SecretName is { Length: > 0 } secret ? SecretStore.Get(this, secret, SecretVault, UserName ?? database.Connection.UserName)
            : Credential is null || Credential == PSCredential.Empty ? null : Credential;
        var settings = new ConnectionSettings
        {
            HostName = HostName,
            Port = Port,
            DatabaseName = DatabaseName,
            UserName = login?.UserName ?? UserName,
            Password = login?.GetNetworkCredential().Password,
            ServiceName = ServiceName,
            PassFile = string.IsNullOrEmpty(PassFile) ? PassFile : GetUnresolvedProviderPathFromPSPath(PassFile),
            Options = Options,
            ConnectionString = ConnectionString,
        };
        return settings == new ConnectionSettings() ? null : settings;
    }
}
