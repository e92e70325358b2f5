using System.Xml.Linq;

namespace Bucardo.Ps.Help.Xml;

/// <summary>The namespaces of MAML.</summary>
static class MamlNames
{
    public static readonly XNamespace Root = "http://msh";
    public static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    public static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    public static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>An element that holds paragraphs.</summary>
    public static XElement Text(XName name, string markdown) => new(name, PlainText.Paragraphs(markdown).Select(text => new XElement(Maml + "para", text)));
}
