using Bucardo.Ps.Help.Cmdlets;

namespace Bucardo.Ps.Help.Pages;

/// <summary>The folder of the pages, docs/cmdlets.</summary>
/// <param name="path">Where it is.</param>
public sealed class PageFolder(string path)
{
    /// <summary>All pages, by name.</summary>
    public IReadOnlyList<HelpPage> Read() => [.. Directory.GetFiles(path, "*-*.md").Order(StringComparer.Ordinal).Select(PageReader.ReadFile)];

    /// <summary>Where a cmdlet's page is, or should be.</summary>
    public string FileOf(string cmdlet) => Path.Combine(path, cmdlet + ".md");

    /// <summary>Where the list of all pages is.</summary>
    public string IndexFile => Path.Combine(path, "README.md");

    /// <summary>Brings the pages up to date with the assembly: syntax and facts of all, a first page for cmdlets that have none, the list of all.</summary>
    /// <returns>The names of the cmdlets whose page was changed or made.</returns>
    public IReadOnlyList<string> Update(IEnumerable<CmdletFacts> cmdlets)
    {
        List<string> changed = [];
        foreach (var cmdlet in cmdlets)
        {
            var file = FileOf(cmdlet.Name);
            var old = File.Exists(file) ? File.ReadAllText(file) : "";
            var page = old.Length > 0 ? PageReader.Read(Path.GetFileName(file), old) : PageWriter.New(cmdlet);
            var text = PageWriter.Write(page, cmdlet);
            if (text == old) continue;
            File.WriteAllText(file, text);
            changed.Add(cmdlet.Name);
        }
        File.WriteAllText(IndexFile, IndexWriter.Write(Read()));
        return changed;
    }
}
