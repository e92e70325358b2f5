using System.Management.Automation;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Forgets the session's control database. No connection is left open between commands, so there is nothing else to close.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Bucardo")]
[OutputType(typeof(void))]
public sealed class DisconnectBucardoCommand : BucardoCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        WriteVerbose(SessionConnection.Current is { } connection ? $"Forgetting {connection}." : "There is no connection in this session.");
        SessionConnection.Set(null);
    }
}
