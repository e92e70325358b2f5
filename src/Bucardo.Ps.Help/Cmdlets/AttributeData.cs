using System.Collections.ObjectModel;
using System.Reflection;

namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>Reads attributes as they are written down, without making them: the assembly that they come from may be one to compile against only.</summary>
static class AttributeData
{
    public static IEnumerable<CustomAttributeData> Attributes<T>(this MemberInfo member) =>
        member.GetCustomAttributesData().Where(data => data.AttributeType == typeof(T));

    public static CustomAttributeData? Attribute<T>(this MemberInfo member) => member.Attributes<T>().FirstOrDefault();

    public static T? Argument<T>(this CustomAttributeData data, int index) => (T?)data.ConstructorArguments[index].Value;

    public static IReadOnlyList<T> List<T>(this CustomAttributeData data, int index) =>
        data.ConstructorArguments[index].Value is ReadOnlyCollection<CustomAttributeTypedArgument> items ? [.. items.Select(item => (T)item.Value!)] : [];

    public static bool HasNamed(this CustomAttributeData data, string name) => data.NamedArguments.Any(argument => argument.MemberName == name);

    public static T? Named<T>(this CustomAttributeData data, string name) =>
        data.NamedArguments.Where(argument => argument.MemberName == name).Select(argument => (T?)argument.TypedValue.Value).FirstOrDefault();
}
