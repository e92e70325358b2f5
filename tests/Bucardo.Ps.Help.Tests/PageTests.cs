namespace Bucardo.Ps.Help.Tests;

/// <summary>Whether docs/cmdlets says everything, and nothing that is not so.</summary>
public sealed class PageTests
{
    public static TheoryData<string> Names => [.. Project.Cmdlets.Select(cmdlet => cmdlet.Name)];

    [Fact]
    public void There_is_a_page_for_each_cmdlet_and_a_cmdlet_for_each_page() =>
        Assert.Equal(Project.Cmdlets.Select(cmdlet => cmdlet.Name), Project.Pages.Read().Select(page => page.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void The_list_of_pages_is_up_to_date() => Assert.Equal(IndexWriter.Write(Project.Pages.Read()), File.ReadAllText(Project.Pages.IndexFile));

    [Theory, MemberData(nameof(Names))]
    public void A_page_describes_each_parameter_and_no_other(string name)
    {
        var page = Read(name);
        Assert.Equal(Project.Cmdlet(name).Parameters.Select(parameter => parameter.Name), page.Parameters.Select(entry => entry.Name));
        Assert.All(page.Parameters, entry => Assert.True(entry.Text.Length > 10, $"{name} says nothing of -{entry.Name}."));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_page_has_what_Get_Help_shows(string name)
    {
        var page = Read(name);
        Assert.Matches(@"^[^\n]{20,160}\.$", page.Synopsis);
        Assert.True(page.Description.Length > 40, $"{name} has no description.");
        Assert.NotEmpty(page.Inputs);
        Assert.All(page.Inputs.Concat(page.Outputs), entry => Assert.True(entry.Text.Length > 0, $"{name} does not say what {entry.Name} is."));
        Assert.NotEmpty(page.Links);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_page_has_two_examples_of_its_cmdlet(string name)
    {
        var page = Read(name);
        Assert.True(page.Examples.Count >= 2, $"{name} has {page.Examples.Count} examples.");
        Assert.All(page.Examples, example => Assert.Contains(name, example.Code, StringComparison.Ordinal));
        Assert.All(page.Examples, example => Assert.Matches("^[A-Z]", example.Title));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_page_agrees_with_the_assembly(string name)
    {
        var text = File.ReadAllText(Project.Pages.FileOf(name));
        var page = PageReader.Read(name, text);
        Assert.True(PageWriter.Write(page, Project.Cmdlet(name)) == text, $"The page of {name} is behind its cmdlet: './build.sh help' brings it up to date.");
    }

    [Theory, MemberData(nameof(Names))]
    public void Links_lead_somewhere(string name)
    {
        var folder = Path.GetDirectoryName(Project.Pages.FileOf(name))!;
        var targets = System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(Project.Pages.FileOf(name)), @"\]\((?!http)([^)#]+)").Select(match => match.Groups[1].Value);
        Assert.All(targets, target => Assert.True(File.Exists(Path.Combine(folder, target)), $"{name} links to {target}, which is not there."));
    }

    static HelpPage Read(string name) => PageReader.ReadFile(Project.Pages.FileOf(name));
}
