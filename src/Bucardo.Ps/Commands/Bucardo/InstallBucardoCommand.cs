using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Creates the control database, or brings an older one up to date. The database itself is made if it is missing, which takes a role with CREATEDB;
/// the schema takes no superuser. Running it again does no harm.
/// </summary>
[Cmdlet(VerbsLifecycle.Install, "Bucardo", SupportsShouldProcess = true)]
[OutputType(typeof(Installation))]
public sealed class InstallBucardoCommand : EndpointCommand
{
    /// <summary>Do not create the database: it has to exist already.</summary>
    [Parameter]
    public SwitchParameter SchemaOnly { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var connection = Require(null, () => ControlSettings.Resolve(HasEndpoint ? ControlSettings.From(EndpointSettings()) : CurrentConnection));
        if (!ShouldProcess($"control database {connection}", SchemaOnly ? "Install or upgrade the schema 'bucardo'" : "Create it if it is missing, install or upgrade the schema 'bucardo'")) return;

        WriteObject(Require(connection, () =>
        {
            var result = Call(cancellation => ControlDatabase.InstallAsync(connection.GetSettings(), !SchemaOnly, cancellation));
            return new Installation
            {
                Connection = connection,
                DatabaseCreated = result.DatabaseCreated,
                PreviousVersion = result.PreviousVersion,
                Version = result.Version,
                Applied = result.Applied,
            };
        }));
    }
}
