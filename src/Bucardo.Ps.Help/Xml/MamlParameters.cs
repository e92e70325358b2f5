using System.Globalization;
using System.Xml.Linq;
using Bucardo.Ps.Help.Cmdlets;
using static Bucardo.Ps.Help.Xml.MamlNames;

namespace Bucardo.Ps.Help.Xml;

/// <summary>Writes the parameters of a cmdlet, in the syntax and in the list.</summary>
static class MamlParameters
{
    public static XElement Syntax(string cmdlet, ParameterSetFacts set, IReadOnlyDictionary<string, string> texts) => new(Command + "syntaxItem",
        new XElement(Maml + "name", cmdlet),
        set.Parameters.Select(parameter => Parameter(parameter, texts)));

    public static XElement Parameter(ParameterFacts parameter, IReadOnlyDictionary<string, string> texts) => new(Command + "parameter",
        new XAttribute("required", Bool(parameter.Required)),
        new XAttribute("variableLength", "true"),
        new XAttribute("globbing", Bool(parameter.Wildcards)),
        new XAttribute("pipelineInput", parameter.PipelineInput),
        new XAttribute("position", parameter.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Maml + "name", parameter.Name),
        Text(Maml + "description", texts.GetValueOrDefault(parameter.Name, "")),
        Values(parameter),
        new XElement(Dev + "type", new XElement(Maml + "name", parameter.Type)),
        new XElement(Dev + "defaultValue", parameter.Default));

    static IEnumerable<XElement> Values(ParameterFacts parameter)
    {
        if (parameter.IsSwitch) yield break;
        yield return new XElement(Command + "parameterValue", new XAttribute("required", "true"), new XAttribute("variableLength", "false"), parameter.Type);
        if (parameter.Values.Count == 0) yield break;
        yield return new XElement(Command + "parameterValueGroup", parameter.Values.Select(value =>
            new XElement(Command + "parameterValue", new XAttribute("required", "false"), new XAttribute("variableLength", "false"), value)));
    }

    static string Bool(bool value) => value ? "true" : "false";
}
