using System.Xml.Linq;
using Bucardo.Ps.Help.Xml;

namespace Bucardo.Ps.Help.Tests;

public sealed class MamlTests
{
    static readonly XDocument s_maml = MamlWriter.Write(Project.Pages.Read(), Project.Cmdlets);

    [Fact]
    public void Has_every_cmdlet_once() => Assert.Equal(Project.Cmdlets.Select(cmdlet => cmdlet.Name), All(s_maml, "command").Select(Name));

    [Fact]
    public void Has_every_parameter_of_every_cmdlet()
    {
        Assert.All(Project.Cmdlets, cmdlet =>
        {
            var parameters = All(Command(cmdlet.Name), "parameters").Single().Elements().ToList();
            Assert.Equal(cmdlet.Parameters.Select(parameter => parameter.Name), parameters.Select(parameter => All(parameter, "name").First().Value));
            Assert.All(parameters, parameter => Assert.NotEqual("", All(parameter, "description").Single().Value));
        });
    }

    [Fact]
    public void Has_the_examples_without_what_only_the_tests_need()
    {
        var examples = All(Command("Start-BucardoSync"), "example").ToList();
        Assert.True(examples.Count >= 2);
        Assert.Equal("Start-BucardoSync pages", All(examples[0], "code").Single().Value);
        Assert.DoesNotContain("<!--", s_maml.ToString());
        Assert.DoesNotContain("```", s_maml.ToString());
    }

    [Fact]
    public void Has_a_syntax_for_each_parameter_set() =>
        Assert.All(Project.Cmdlets, cmdlet => Assert.Equal(cmdlet.ParameterSets.Count, All(Command(cmdlet.Name), "syntaxItem").Count()));

    [Theory]
    [InlineData("See [the page](page.md) of `Get-Thing`.", "See the page of Get-Thing.")]
    [InlineData("One\nparagraph.", "One paragraph.")]
    [InlineData("- one\n- two", "- one\n- two")]
    public void Turns_markdown_into_plain_text(string markdown, string expected) => Assert.Equal([expected], PlainText.Paragraphs(markdown));

    static XElement Command(string name) => All(s_maml, "command").Single(command => Name(command) == name);

    static string Name(XElement command) => All(command, "details").Single().Elements().First().Value;

    static IEnumerable<XElement> All(XContainer container, string name) => container.Descendants().Where(element => element.Name.LocalName == name);
}
