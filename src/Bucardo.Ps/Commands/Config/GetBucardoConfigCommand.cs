using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Shows the settings of the control database, and what syncs have of their own.</summary>
[Cmdlet(VerbsCommon.Get, "BucardoConfig")]
[OutputType(typeof(Setting))]
public sealed class GetBucardoConfigCommand : ControlCommand
{
    /// <summary>Names of settings; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SettingNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only what these syncs have of their own; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string? Sync { get; set; }

    /// <summary>Only what somebody has changed.</summary>
    [Parameter]
    public SwitchParameter ChangedOnly { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name =>
    {
        var settings = Ask((control, cancellation) => control.Config.ListAsync(null, Sync, cancellation));
        if (Wildcard.IsIn(name)) settings = [.. settings.Where(s => Wildcard.Pattern(name).IsMatch(s.Name))];
        else if (Sync is { } sync && !Wildcard.IsIn(sync)) settings = FindSettings(name, sync);
        else settings = [.. settings.Where(s => s.Name.Equals(FindSettings(name, null)[0].Name, StringComparison.OrdinalIgnoreCase))];
        WriteObject(settings.Where(s => s.IsChanged || !ChangedOnly), enumerateCollection: true);
    });
}
