using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Sets settings back to their defaults; of a sync, to what holds for all.</summary>
[Cmdlet(VerbsCommon.Reset, "BucardoConfig", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Setting))]
public sealed class ResetBucardoConfigCommand : ControlCommand
{
    /// <summary>Names of settings; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SettingNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>A sync that is to have no value of its own any more.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SyncName")]
    [NameTransformation(NameKind.Sync)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string? Sync { get; set; }

    /// <summary>Return the settings as they hold then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name =>
    {
        var found = FindSettings(name, Sync);
        ForEach(Wildcard.IsIn(name) ? found.Where(s => !s.IsReadOnly) : found, Reset);
    });

    void Reset(Setting setting)
    {
        var what = setting.Sync is null ? $"setting '{setting.Name}'" : $"setting '{setting.Name}' of sync '{setting.Sync}'";
        if (!ShouldProcess(what, $"Reset from '{setting.Value}' to '{setting.Default}'")) return;
        var now = Ask((control, cancellation) => control.Config.ResetAsync(setting.Name, setting.Sync, cancellation));
        if (PassThru) WriteObject(now);
    }
}
