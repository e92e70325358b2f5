using System.Management.Automation;

namespace Bucardo.Ps.Parameters;

/// <summary>An empty cell of a CSV file means "not given", not 0 and not an error.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EmptyIsNullAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap.Object(inputData) is string text && string.IsNullOrWhiteSpace(text) ? null : inputData;
}
