using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>What the source says of classes and properties, from the compiler's XML documentation: what a new page begins with.</summary>
sealed partial class SourceSummaries
{
    readonly Dictionary<string, string> _summaries;

    SourceSummaries(Dictionary<string, string> summaries) => _summaries = summaries;

    public static SourceSummaries Load(string path) => new(!File.Exists(path) ? [] : XDocument.Load(path).Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => Text(member.Element("summary")!)));

    public string Of(Type type) => _summaries.GetValueOrDefault("T:" + type.FullName, "");

    public string Of(PropertyInfo property) => _summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    static string Text(XElement summary) => Blanks().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim();

    static string Text(XNode node) => node switch
    {
        XElement { Name.LocalName: "see" } see => see.Attribute("cref")?.Value.Split('.')[^1] ?? "",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement element => element.Value,
        XText text => text.Value,
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
