using System.Globalization;
using System.Management.Automation;
using Bucardo.Model;

namespace Bucardo.Ps.Parameters;

/// <summary>Reads members of a database group as the bucardo command writes them: <c>t1:source</c>, <c>t5:target</c>, and with a priority <c>t1:source:2</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DatabaseGroupMemberTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap.Flatten(inputData, item => item is string text ? Unwrap.Split(text).Select(Read) : null);

    static DatabaseGroupMember Read(string text)
    {
        var parts = text.Split(':');
        var priority = 0;
        var isRole = parts.Length == 1 || Role(parts[1]) is not null;
        if (parts[0].Length == 0 || parts.Length > 3 || !isRole
            || (parts.Length == 3 && !int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out priority)))
        {
            throw new ArgumentTransformationMetadataException(
                $"'{text}' is no member of a database group. Write NAME:source or NAME:target, with a priority NAME:source:2.");
        }
        return new DatabaseGroupMember { Database = parts[0], Role = parts.Length == 1 ? DatabaseRole.Target : Role(parts[1])!.Value, Priority = priority };
    }

    // The words that Bucardo itself understands.
    static DatabaseRole? Role(string word) => word.ToLowerInvariant() switch
    {
        "source" or "s" or "master" or "primary" => DatabaseRole.Source,
        "target" or "t" or "slave" or "replica" or "rep" => DatabaseRole.Target,
        _ => null,
    };
}
