using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Names the control database that this session's commands work on, and checks that it is there.</summary>
[Cmdlet(VerbsCommunications.Connect, "Bucardo")]
[OutputType(typeof(ControlConnection))]
public sealed class ConnectBucardoCommand : EndpointCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing() => Require(null, () =>
    {
        var given = HasEndpoint ? ControlSettings.From(EndpointSettings()) : CurrentConnection;
        var connection = ControlSettings.Resolve(given);
        // Opened, not merely noted: a wrong password should show here and not in the next command.
        Call(async cancellation =>
        {
            await using var control = await Engine.Catalog.ControlDatabase.OpenAsync(connection.GetSettings(), cancellation);
        });
        SessionConnection.Set(connection);
        WriteObject(connection);
        return connection;
    });
}
