using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Makes the control database what a configuration says, all of it or nothing, and returns what was changed; imported again, it changes nothing. With -WhatIf it returns the difference. Databases are not
/// connected to, stored passwords stay, and new syncs are inactive until Start-BucardoSync.
/// </summary>
[Cmdlet(VerbsData.Import, "BucardoConfiguration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ConfigurationChange))]
public sealed class ImportBucardoConfigurationCommand : ControlCommand
{
    const string ByPath = "Path";
    const string ByText = "Json";

    /// <summary>The file that Export-BucardoConfiguration wrote. Takes files from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The configuration itself.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByText)]
    [ValidateNotNullOrEmpty]
    public string Json { get; set; } = "";

    /// <summary>Remove what the configuration does not have. Syncs are not removed: Remove-BucardoSync also cleans up their databases.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(ParameterSetName == ByPath ? Path : null, () =>
    {
        var json = ParameterSetName == ByPath ? Read(GetUnresolvedProviderPathFromPSPath(Path)) : Json;
        var changes = Ask((control, cancellation) => control.Configuration.CompareAsync(json, Prune, cancellation));
        if (changes.Count == 0)
        {
            WriteVerbose($"Control database {CurrentConnection} is what the configuration says.");
            return;
        }
        var what = $"Make {changes.Count} changes to control database {CurrentConnection}";
        if (ShouldProcess(what, $"{what}: {string.Join("; ", changes.Take(10))}{(changes.Count > 10 ? "; ..." : "")}?", "Confirm", out var reason))
            WriteObject(Ask((control, cancellation) => control.Configuration.ImportAsync(json, Prune, cancellation)), enumerateCollection: true);
        else if (reason == ShouldProcessReason.WhatIf) WriteObject(changes, enumerateCollection: true);
    });

    static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("FileNotReadable", ErrorKind.NotFound, $"The file {path} cannot be read: {error.Message} Name one that Export-BucardoConfiguration wrote.", error);
        }
    }
}
