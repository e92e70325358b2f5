using System.Xml.Linq;
using Bucardo.Ps.Help.Cmdlets;
using Bucardo.Ps.Help.Pages;
using static Bucardo.Ps.Help.Xml.MamlNames;

namespace Bucardo.Ps.Help.Xml;

/// <summary>Writes the XML that Get-Help reads.</summary>
public static class MamlWriter
{
    /// <summary>The whole file. A cmdlet without a page is left out: Get-Help then shows its syntax.</summary>
    public static XDocument Write(IEnumerable<HelpPage> pages, IEnumerable<CmdletFacts> cmdlets) => new(
        new XDeclaration("1.0", "utf-8", null),
        new XElement(Root + "helpItems", new XAttribute("schema", "maml"),
            from cmdlet in cmdlets
            join page in pages on cmdlet.Name equals page.Name
            select Item(page, cmdlet)));

    static XElement Item(HelpPage page, CmdletFacts cmdlet)
    {
        var texts = page.Parameters.ToDictionary(entry => entry.Name, entry => entry.Text);
        return new XElement(Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml), new XAttribute(XNamespace.Xmlns + "command", Command), new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Name.Split('-')[0]),
                new XElement(Command + "noun", cmdlet.Name.Split('-')[1]),
                Text(Maml + "description", page.Synopsis)),
            Text(Maml + "description", page.Description),
            new XElement(Command + "syntax", cmdlet.ParameterSets.Select(set => MamlParameters.Syntax(cmdlet.Name, set, texts))),
            new XElement(Command + "parameters", cmdlet.Parameters.Select(parameter => MamlParameters.Parameter(parameter, texts))),
            new XElement(Command + "inputTypes", page.Inputs.Select(entry => Types("inputType", entry))),
            new XElement(Command + "returnValues", page.Outputs.Select(entry => Types("returnValue", entry))),
            new XElement(Maml + "alertSet", Text(Maml + "alert", page.Notes)),
            new XElement(Command + "examples", page.Examples.Select(Example)),
            new XElement(Command + "relatedLinks", MamlLinks.Write(page.Links)));
    }

    static XElement Types(string element, HelpEntry entry) => new(Command + element,
        new XElement(Dev + "type", new XElement(Maml + "name", entry.Name)),
        Text(Maml + "description", entry.Text));

    static XElement Example(HelpExample example, int index) => new(Command + "example",
        new XElement(Maml + "title", $"Example {index + 1}: {example.Title}"),
        new XElement(Dev + "code", example.Output.Length > 0 ? $"{example.Code}\n\n{example.Output}" : example.Code),
        Text(Dev + "remarks", example.Remarks));
}
