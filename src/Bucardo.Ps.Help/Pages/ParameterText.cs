using System.Text;
using Bucardo.Ps.Help.Cmdlets;

namespace Bucardo.Ps.Help.Pages;

/// <summary>Writes what the assembly says of a parameter, in platyPS's form.</summary>
static class ParameterText
{
    public static string Of(ParameterFacts parameter)
    {
        var text = new StringBuilder();
        text.Append($"Type: {parameter.Type}\n");
        text.Append($"Parameter Sets: {string.Join(", ", parameter.Sets)}\n");
        text.Append($"Aliases:{Listed(parameter.Aliases)}\n");
        if (parameter.Values.Count > 0) text.Append($"Accepted values:{Listed(parameter.Values)}\n");
        text.Append($"\nRequired: {parameter.Required}\n");
        text.Append($"Position: {parameter.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "Named"}\n");
        text.Append($"Default value: {parameter.Default}\n");
        text.Append($"Accept pipeline input: {parameter.PipelineInput}\n");
        text.Append($"Accept wildcard characters: {parameter.Wildcards}\n");
        return text.ToString();
    }

    static string Listed(IReadOnlyList<string> items) => items.Count == 0 ? "" : " " + string.Join(", ", items);
}
