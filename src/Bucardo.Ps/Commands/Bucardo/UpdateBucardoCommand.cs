using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Brings an older control database up to the version that this module works with, all of it or nothing. -WhatIf says what would be done.</summary>
[Cmdlet(VerbsData.Update, "Bucardo", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Installation))]
public sealed class UpdateBucardoCommand : EndpointCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var connection = Require(null, () => ControlSettings.Resolve(HasEndpoint ? ControlSettings.From(EndpointSettings()) : CurrentConnection));
        Require(connection, () =>
        {
            var pending = Call(cancellation => ControlDatabase.InspectAsync(connection.GetSettings(), cancellation));
            var action = pending.Applied.Count == 0 ? $"Nothing: it has version {pending.Version} already" : $"Upgrade from version {pending.PreviousVersion} to {pending.Version}: {string.Join(", ", pending.Applied)}";
            if (!ShouldProcess($"control database {connection}", action)) return false;
            var result = Call(cancellation => ControlDatabase.InstallAsync(connection.GetSettings(), createDatabase: false, cancellation));
            WriteObject(new Installation { Connection = connection, PreviousVersion = result.PreviousVersion, Version = result.Version, Applied = result.Applied });
            return true;
        });
    }
}
