using System.Text.RegularExpressions;

namespace Bucardo.Ps.Help.Xml;

/// <summary>Turns the markdown of the pages into what a terminal shows.</summary>
static partial class PlainText
{
    /// <summary>The paragraphs of a text; a list is one paragraph, with a line an item.</summary>
    public static IReadOnlyList<string> Paragraphs(string markdown) =>
        [.. BlankLines().Split(markdown).Select(Paragraph).Where(paragraph => paragraph.Length > 0)];

    static string Paragraph(string text)
    {
        var plain = Emphasis().Replace(Link().Replace(text.Trim(), "$1"), "$1");
        // Lines of the page are those of its writer; the terminal has a width of its own.
        return LineOfList().IsMatch(plain) ? plain : plain.Replace('\n', ' ');
    }

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`([^`]+)`|\*\*([^*]+)\*\*")]
    private static partial Regex Emphasis();

    [GeneratedRegex(@"^- ", RegexOptions.Multiline)]
    private static partial Regex LineOfList();
}
