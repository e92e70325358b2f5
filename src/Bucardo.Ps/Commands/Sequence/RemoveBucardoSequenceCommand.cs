using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Takes a sequence out of replication. The sequence itself stays as it is on all databases.</summary>
[Cmdlet(VerbsCommon.Remove, "BucardoSequence", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(Table))]
public sealed class RemoveBucardoSequenceCommand : ControlCommand
{
    /// <summary>Names: sequence or schema.sequence, wildcards allowed. Takes what Get-BucardoSequence returns from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Sequence", "FullName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sequence)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SequenceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Only sequences of this schema; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    public string? Schema { get; set; }

    /// <summary>Only sequences whose definition was read from this database; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Take it out of the herds that syncs use, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return the sequence that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        ForEach(Name, name => ForEach(FindTables(name, new() { Schema = Schema, Database = Database, Type = RelationType.Sequence }), Remove));

    void Remove(Table sequence)
    {
        if (!ShouldProcess($"sequence '{sequence.FullName}'", Force ? "Remove from the control database, its herds too" : "Remove from the control database")) return;
        Ask((control, cancellation) => control.Tables.RemoveAsync(sequence.Id, Force, cancellation));
        if (PassThru) WriteObject(sequence);
    }
}
