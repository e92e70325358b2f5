using System.Text;

namespace Bucardo.Ps.Help.Pages;

/// <summary>Writes the list of all pages, which people see when they come to the folder.</summary>
public static class IndexWriter
{
    /// <summary>The list, by noun: what belongs together stands together.</summary>
    public static string Write(IEnumerable<HelpPage> pages)
    {
        var text = new StringBuilder("# Cmdlets\n\nOne page each; `Get-Help NAME -Full` shows the same in PowerShell. Made by `./build.sh help`.\n\n| cmdlet | |\n| --- | --- |\n");
        foreach (var page in pages.OrderBy(page => page.Name.Split('-')[1], StringComparer.Ordinal).ThenBy(page => page.Name, StringComparer.Ordinal))
            text.Append($"| [{page.Name}]({page.Name}.md) | {page.Synopsis} |\n");
        return text.ToString();
    }
}
