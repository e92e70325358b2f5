using System.Management.Automation;
using System.Text;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Writes the configuration (databases, groups, tables, herds, syncs, changed settings) as JSON, to a file or into the pipeline: to be kept under version control, or taken to another control database.
/// It holds no passwords, and is the same text as long as the configuration is the same.
/// </summary>
[Cmdlet(VerbsData.Export, "BucardoConfiguration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(string), typeof(FileInfo))]
public sealed class ExportBucardoConfigurationCommand : ControlCommand
{
    /// <summary>The file; an older one is replaced. Default: the text goes into the pipeline.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Return the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => Attempt(Path, () =>
    {
        var json = Ask((control, cancellation) => control.Configuration.ExportAsync(cancellation));
        if (Path is null)
        {
            WriteObject(json);
            return;
        }
        var path = GetUnresolvedProviderPathFromPSPath(Path);
        if (!ShouldProcess(path, $"Write the configuration of control database {CurrentConnection}")) return;
        try
        {
            File.WriteAllText(path, json + Environment.NewLine, new UTF8Encoding(false));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("FileNotWritable", ErrorKind.InvalidArgument, $"The file {path} cannot be written: {error.Message} Choose another one with -Path.", error);
        }
        if (PassThru) WriteObject(new FileInfo(path));
    });
}
