using System.Management.Automation;
using System.Security;
using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>Secrets that people keep with Microsoft.PowerShell.SecretManagement: they are asked for by name, when they are needed.</summary>
static class SecretStore
{
    // In the caller's session, where vaults are registered and unlocked.
    const string GetSecret = "param($name, $vault) $which = @{ Name = $name }; if ($vault) { $which.Vault = $vault }; Microsoft.PowerShell.SecretManagement\\Get-Secret @which -ErrorAction Stop";

    /// <summary>A role and its password: from a secret that is a credential, or from one that is a password and a name given beside it.</summary>
    /// <exception cref="BucardoException">SecretManagementMissing, SecretNotFound, SecretWithoutUser.</exception>
    public static PSCredential Get(PSCmdlet command, string name, string? vault, string? userName)
    {
        object? secret;
        try
        {
            secret = command.InvokeCommand.InvokeScript(GetSecret, true, System.Management.Automation.Runspaces.PipelineResultTypes.None, null, name, vault).FirstOrDefault()?.BaseObject;
        }
        catch (CommandNotFoundException e)
        {
            throw new BucardoException("SecretManagementMissing", ErrorKind.InvalidOperation,
                "-SecretName takes secrets from Microsoft.PowerShell.SecretManagement, which is not installed: Install-PSResource Microsoft.PowerShell.SecretManagement, or use -Credential or a passfile.", e);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            throw new BucardoException("SecretNotFound", ErrorKind.NotFound, $"The secret '{name}' could not be had: {e.Message} Get-SecretInfo shows which there are.", e);
        }
        return secret switch
        {
            PSCredential credential => credential,
            SecureString password when !string.IsNullOrEmpty(userName) => new PSCredential(userName, password),
            string text when !string.IsNullOrEmpty(userName) => new PSCredential(userName, Protect(text)),
            SecureString or string => throw new BucardoException("SecretWithoutUser", ErrorKind.InvalidArgument, $"The secret '{name}' is a password alone: give the role with -UserName, or keep a credential."),
            _ => throw new BucardoException("SecretNotFound", ErrorKind.NotFound, $"There is no secret '{name}' that is a credential or a password: Get-SecretInfo shows which there are."),
        };
    }

    static SecureString Protect(string text)
    {
        var secure = new SecureString();
        foreach (var letter in text) secure.AppendChar(letter);
        secure.MakeReadOnly();
        return secure;
    }
}
