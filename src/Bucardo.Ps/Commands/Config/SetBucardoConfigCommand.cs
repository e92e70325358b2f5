using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Sets a setting, for all syncs or for one; a running service takes it up by itself.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoConfig", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Setting))]
public sealed class SetBucardoConfigCommand : ControlCommand
{
    /// <summary>Name of the setting.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SettingNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>Its new value.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Value { get; set; } = "";

    /// <summary>Syncs that are to have this value of their own; wildcards allowed. Default: the value holds for all that have none.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[]? Sync { get; set; }

    /// <summary>Return the setting.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Sync is null) Attempt(Name, () => Set(null));
        else ForEach(Sync, name => ForEach(FindSyncs(name), sync => Set(sync.Name)));
    }

    void Set(string? sync)
    {
        if (!ShouldProcess($"setting '{Name}'{(sync is null ? "" : $" of sync '{sync}'")}", $"Set to '{Value}'")) return;
        var setting = Ask((control, cancellation) => control.Config.SetAsync(Name, Value, sync, cancellation));
        if (PassThru) WriteObject(setting);
    }
}
