using System.Text.RegularExpressions;

namespace Bucardo.Ps.Help.Pages;

/// <summary>Reads a page. What the assembly knows better (syntax, types, positions) is left out.</summary>
public static partial class PageReader
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="PageException">It has no heading, or one that is not known.</exception>
    public static HelpPage ReadFile(string path) => Read(Path.GetFileName(path), File.ReadAllText(path));

    /// <summary>Reads a text.</summary>
    /// <param name="file">Name of the file, for errors.</param>
    /// <param name="text">Its contents.</param>
    /// <exception cref="PageException">It has no heading, or one that is not known.</exception>
    public static HelpPage Read(string file, string text)
    {
        var top = Headings.Split(text.ReplaceLineEndings("\n"), 1);
        if (top.Count != 1) throw new PageException(file, "a page has one heading of the first level, the cmdlet's name.");
        return Headings.Split(top[0].Text, 2).Aggregate(new HelpPage { Name = top[0].Name }, (page, section) => section.Name switch
        {
            "SYNOPSIS" => page with { Synopsis = section.Text },
            "SYNTAX" => page,
            "DESCRIPTION" => page with { Description = section.Text },
            "EXAMPLES" => page with { Examples = [.. Headings.Split(section.Text, 3).Select(Example)] },
            "PARAMETERS" => page with { Parameters = [.. Headings.Split(section.Text, 3).Where(IsParameter).Select(Parameter)] },
            "INPUTS" => page with { Inputs = Headings.Split(section.Text, 3) },
            "OUTPUTS" => page with { Outputs = Headings.Split(section.Text, 3) },
            "NOTES" => page with { Notes = section.Text },
            "RELATED LINKS" => page with { Links = section.Text },
            _ => throw new PageException(file, $"there is no section '{section.Name}' in a page; see another one for those that there are."),
        });
    }

    static HelpExample Example(HelpEntry entry) => new(Number().Replace(entry.Name, ""), entry.Text);

    // The section about common parameters is the same in all pages.
    static bool IsParameter(HelpEntry entry) => entry.Name.StartsWith('-');

    static HelpEntry Parameter(HelpEntry entry) => new(entry.Name[1..], Facts().Replace(entry.Text, "").Trim());

    [GeneratedRegex(@"^Example \d+: ")]
    private static partial Regex Number();

    [GeneratedRegex(@"^```yaml\n.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Facts();
}
