using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Registers sequences for replication, and puts them into a herd. The syncs of the herd keep them ahead on all databases: what a source has handed out is not handed out again elsewhere.</summary>
[Cmdlet(VerbsCommon.Add, "BucardoSequence", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByName)]
[OutputType(typeof(Table))]
public sealed class AddBucardoSequenceCommand : ControlCommand
{
    const string ByName = "Name";
    const string Every = "All";

    /// <summary>Names: sequence or schema.sequence, wildcards allowed; spelt as in the catalog, no quotes needed. A part in double quotes is taken literally.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [Alias("Sequence", "FullName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Every sequence (of -Schema, if given).</summary>
    [Parameter(Mandatory = true, ParameterSetName = Every)]
    public SwitchParameter All { get; set; }

    /// <summary>Only sequences of this schema; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [EmptyIsNull]
    public string? Schema { get; set; }

    /// <summary>Database to read the definitions from. Default: the first source.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Database)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Herd to put them into; made if it is not there. Sequences that are registered already are put into it, too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Herd)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string? Herd { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (All) Attempt(Schema ?? "all sequences", () => Add($"all sequences{InSchema}", []));
        else ForEach(Name, name => Add($"sequence '{name}'{InSchema}", [name]));
    }

    string InSchema => Schema is null ? "" : $" of schema '{Schema}'";

    void Add(string what, string[] patterns)
    {
        var where = Database is null ? "" : $" of database '{Database}'";
        if (!ShouldProcess(what + where, Herd is null ? "Register" : $"Register and put into herd '{Herd}'")) return;
        var selection = new TableSelection { Patterns = patterns, All = All, Schema = Schema, Database = Database, Herd = Herd, Type = RelationType.Sequence };
        var result = Ask((control, cancellation) => control.Tables.AddAsync(selection, cancellation));
        foreach (var known in result.Known) WriteVerbose($"{known.FullName} was registered before.");
        WriteObject(result.Added.Concat(result.Known).OrderBy(sequence => sequence.Id), enumerateCollection: true);
    }
}
