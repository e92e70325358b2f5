using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Makes a herd, a named set of registered tables: <c>Get-BucardoTable -Schema shop | New-BucardoHerd shop</c>.</summary>
[Cmdlet(VerbsCommon.New, "BucardoHerd", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(Herd))]
public sealed class NewBucardoHerdCommand : ControlCommand
{
    readonly List<string> _tables = [];

    /// <summary>Name of the herd.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>Registered tables and sequences; wildcards allowed. Default: none yet.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[]? Table { get; set; }

    /// <summary>A note for people.</summary>
    [Parameter]
    public string? About { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _tables.AddRange(Table ?? []);

    /// <inheritdoc/>
    protected override void EndProcessing() => Attempt(Name, () =>
    {
        var tables = FindTableIds(_tables);
        if (!ShouldProcess($"herd '{Name}' of {tables.Count} tables", "Create")) return;
        WriteObject(Ask((control, cancellation) => control.Herds.AddAsync(Name, About, tables, cancellation)));
    });
}
