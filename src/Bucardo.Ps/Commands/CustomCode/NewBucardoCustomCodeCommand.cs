using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Makes custom code that decides conflicts: a script block, which gets the conflict as its argument, or a function of the databases from jsonb to jsonb.
/// The conflict strategy <c>bucardo_custom(NAME)</c> of a sync or a table has it asked.
/// </summary>
[Cmdlet(VerbsCommon.New, "BucardoCustomCode", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = "ScriptBlock")]
[OutputType(typeof(CustomCode))]
public sealed class NewBucardoCustomCodeCommand : ControlCommand
{
    /// <summary>The name of the custom code.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The script. It gets the conflict (Sync, Table, Key, Versions) as its argument and returns the winning database, one of the versions, or a hashtable with the row.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "ScriptBlock")]
    [ValidateNotNull]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>A file with the script; it is stored, so the file is not needed afterwards.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A function of the databases, as <c>schema.name</c>: it gets the conflict as jsonb and returns jsonb, <c>{"winner": "DATABASE"}</c> or <c>{"row": {...}}</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Function", ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Function { get; set; } = "";

    /// <summary>How long it may take to decide one conflict. Default: 5 seconds.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>A note for people.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? About { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Name, () =>
    {
        var (language, source) = CodeSource.From(ScriptBlock, Path.Length > 0 ? GetUnresolvedProviderPathFromPSPath(Path) : null, Function.Length > 0 ? Function : null)!.Value;
        if (!ShouldProcess($"custom code '{Name}' ({language})", "Create")) return;
        WriteObject(Ask((control, cancellation) => control.CustomCodes.AddAsync(
            new NewCustomCode { Name = Name, Language = language, Source = source, Timeout = Timeout, About = About }, cancellation)));
    });
}
