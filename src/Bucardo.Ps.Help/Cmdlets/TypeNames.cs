using System.Management.Automation;

namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>Names of types as people write them in PowerShell.</summary>
static class TypeNames
{
    static readonly Dictionary<Type, string> s_short = new()
    {
        [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(double)] = "double",
        [typeof(object)] = "object", [typeof(SwitchParameter)] = "SwitchParameter",
    };

    public static string Of(Type type) =>
        type.IsArray ? Of(type.GetElementType()!) + "[]" : s_short.TryGetValue(type, out var name) ? name : type.Name;

    /// <summary>The values of an enum, or of an array of one; empty for other types.</summary>
    public static IReadOnlyList<string> Values(Type type)
    {
        var element = type.IsArray ? type.GetElementType()! : type;
        return element.IsEnum ? Enum.GetNames(element) : [];
    }
}
