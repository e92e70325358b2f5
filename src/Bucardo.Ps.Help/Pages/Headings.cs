namespace Bucardo.Ps.Help.Pages;

/// <summary>Takes a markdown text apart at the headings of one level, leaving alone what is in fences.</summary>
static class Headings
{
    /// <summary>The headings with the text under each; what comes before the first one is left out.</summary>
    public static IReadOnlyList<HelpEntry> Split(string text, int level)
    {
        var mark = new string('#', level) + " ";
        List<(string Name, List<string> Lines)> entries = [];
        var fenced = false;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) fenced = !fenced;
            if (!fenced && line.StartsWith(mark, StringComparison.Ordinal)) entries.Add((line[mark.Length..].Trim(), []));
            else if (entries.Count > 0) entries[^1].Lines.Add(line.TrimEnd());
        }
        return [.. entries.Select(entry => new HelpEntry(entry.Name, string.Join('\n', entry.Lines).Trim()))];
    }
}
