using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Changes custom code. Services that run it take the new one by themselves, and ask it at once about what waits.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoCustomCode", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(CustomCode))]
public sealed class SetBucardoCustomCodeCommand : CustomCodeSelectionCommand
{
    /// <summary>A new name; the syncs and tables that it decides for follow.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>Another script.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>A file with another script.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Another function, as <c>schema.name</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Function { get; set; }

    /// <summary>How long it may take to decide one conflict.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>A note for people; '' clears it.</summary>
    [Parameter]
    public string? About { get; set; }

    /// <summary>Return the changed custom code.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(CustomCode code)
    {
        var source = CodeSource.From(ScriptBlock, Path is null ? null : GetUnresolvedProviderPathFromPSPath(Path), Function);
        if (!ShouldProcess($"custom code '{code.Name}'", "Change " + Changes.Of(MyInvocation))) return;
        var changed = Ask((control, cancellation) => control.CustomCodes.UpdateAsync(
            code.Name, new CustomCodeChange { NewName = NewName, Language = source?.Language, Source = source?.Text, Timeout = Timeout, About = About }, cancellation));
        if (PassThru) WriteObject(changed);
    }
}
