using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>Takes a database out of replication. The database itself, and its data, stay as they are.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(Database))]
public sealed class RemoveBucardoDatabaseCommand : DatabaseSelectionCommand
{
    /// <summary>Take it out of the groups, and remove the tables that were registered from it, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return the database that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Database database)
    {
        if (!ShouldProcess($"database '{database.Name}' ({database.Connection})", Force ? "Remove from the control database, its groups and tables too" : "Remove from the control database")) return;
        Ask((control, cancellation) => control.Databases.RemoveAsync(database.Name, Force, cancellation));
        if (PassThru) WriteObject(database);
    }
}
