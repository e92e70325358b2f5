using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;

namespace Bucardo.Ps.Parameters;

/// <summary>Lets -Connection take a connection string or connection settings as well as what Connect-Bucardo returned.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConnectionTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => Unwrap.Object(inputData) switch
    {
        string text => FromText(text),
        ConnectionSettings settings => ControlSettings.From(settings),
        Installation installation => installation.Connection,
        var other => other,
    };

    static ControlConnection FromText(string text)
    {
        // No echo of the text: it may hold a password.
        if (!text.Contains('=') && !text.Contains("://", StringComparison.Ordinal))
            throw new ArgumentTransformationMetadataException(
                "This is no connection string. Write, for example, 'host=db1 dbname=bucardo user=dba', 'postgresql://dba@db1/bucardo' or 'service=NAME' for a section of the service file.");
        return ControlSettings.From(text);
    }
}
