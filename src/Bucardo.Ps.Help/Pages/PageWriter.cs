using System.Text;
using Bucardo.Ps.Help.Cmdlets;

namespace Bucardo.Ps.Help.Pages;

/// <summary>Writes a page: what people said in it, and what the assembly says of the cmdlet.</summary>
public static class PageWriter
{
    const string Common =
        "This cmdlet supports the common parameters: -Debug, -ErrorAction, -ErrorVariable, -InformationAction, -InformationVariable, -OutVariable, -OutBuffer, "
        + "-PipelineVariable, -ProgressAction, -Verbose, -WarningAction, and -WarningVariable. "
        + "For more information, see [about_CommonParameters](https://go.microsoft.com/fwlink/?LinkID=113216).";

    /// <summary>The page as it should be. What is new gets a text from the source, what is gone goes.</summary>
    public static string Write(HelpPage page, CmdletFacts cmdlet)
    {
        var text = new StringBuilder("---\nexternal help file: Bucardo.Ps.dll-Help.xml\nModule Name: Bucardo.Ps\nschema: 2.0.0\n---\n\n");
        text.Append($"# {cmdlet.Name}\n\n");
        Section(text, "SYNOPSIS", page.Synopsis);
        Section(text, "SYNTAX", Syntax(cmdlet));
        Section(text, "DESCRIPTION", page.Description);
        Section(text, "EXAMPLES", Examples(page));
        Section(text, "PARAMETERS", Parameters(page, cmdlet));
        Section(text, "INPUTS", Entries(page.Inputs));
        Section(text, "OUTPUTS", Entries(Outputs(page, cmdlet)));
        Section(text, "NOTES", page.Notes);
        Section(text, "RELATED LINKS", page.Links);
        return text.ToString().TrimEnd() + "\n";
    }

    /// <summary>A page for a cmdlet that has none yet: what the source says, and gaps where only people can say something.</summary>
    public static HelpPage New(CmdletFacts cmdlet) => new()
    {
        Name = cmdlet.Name,
        Synopsis = cmdlet.Summary,
        Inputs = cmdlet.Parameters.Any(parameter => parameter.FromPipeline) ? [new("System.String", "")] : [new("None", "")],
    };

    static void Section(StringBuilder text, string name, string body) => text.Append($"## {name}\n\n").Append(body.Length > 0 ? body + "\n\n" : "");

    static string Syntax(CmdletFacts cmdlet) => string.Join("\n\n", cmdlet.ParameterSets.Select(set =>
        (cmdlet.ParameterSets.Count > 1 ? $"### {set.Name}{(set.IsDefault ? " (Default)" : "")}\n\n" : "") + $"```\n{SyntaxText.Of(cmdlet.Name, set)}\n```"));

    static string Examples(HelpPage page) => string.Join("\n\n", page.Examples.Select((example, i) => $"### Example {i + 1}: {example.Title}\n\n{example.Body}"));

    static string Parameters(HelpPage page, CmdletFacts cmdlet) => string.Join("\n\n", cmdlet.Parameters.Select(parameter =>
        $"### -{parameter.Name}\n\n{Text(page, parameter)}\n\n```yaml\n{ParameterText.Of(parameter)}```").Append($"### CommonParameters\n\n{Common}"));

    static string Text(HelpPage page, ParameterFacts parameter) =>
        page.Parameters.FirstOrDefault(entry => entry.Name == parameter.Name)?.Text ?? parameter.Summary;

    static IEnumerable<HelpEntry> Outputs(HelpPage page, CmdletFacts cmdlet) =>
        (cmdlet.Outputs.Count > 0 ? cmdlet.Outputs : ["None"]).Select(type => page.Outputs.FirstOrDefault(entry => entry.Name == type) ?? new HelpEntry(type, ""));

    static string Entries(IEnumerable<HelpEntry> entries) =>
        string.Join("\n\n", entries.Select(entry => $"### {entry.Name}" + (entry.Text.Length > 0 ? $"\n\n{entry.Text}" : "")));
}
