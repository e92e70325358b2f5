using System.Text.RegularExpressions;
using System.Xml.Linq;
using static Bucardo.Ps.Help.Xml.MamlNames;

namespace Bucardo.Ps.Help.Xml;

/// <summary>Writes where to read on. Only links to the web are kept as such: in a terminal, a file of the project is nowhere.</summary>
static partial class MamlLinks
{
    public static IEnumerable<XElement> Write(string markdown) => Link().Matches(markdown).Select(match => new XElement(Maml + "navigationLink",
        new XElement(Maml + "linkText", match.Groups["text"].Value),
        new XElement(Maml + "uri", match.Groups["target"].Value is var target && target.StartsWith("http", StringComparison.Ordinal) ? target : "")));

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((?<target>[^)]*)\)")]
    private static partial Regex Link();
}
