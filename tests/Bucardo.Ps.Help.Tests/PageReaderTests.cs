namespace Bucardo.Ps.Help.Tests;

public sealed class PageReaderTests
{
    const string Text = """
        # Get-Thing

        ## SYNOPSIS

        Gets things.

        ## EXAMPLES

        ### Example 1: One thing

        <!-- before: New-Thing -->

        ```powershell
        # Not a heading
        Get-Thing one
        ```

        ```output
        Name
        ```

        It is the first.

        ### Example 2: All

        ```powershell
        Get-Thing
        ```

        ## PARAMETERS

        ### -Name

        Its name.

        ```yaml
        Type: string
        ```

        ### CommonParameters

        As everywhere.
        """;

    [Fact]
    public void Reads_examples_with_commands_output_and_remarks()
    {
        var examples = PageReader.Read("x", Text).Examples;
        Assert.Equal(["One thing", "All"], examples.Select(example => example.Title));
        Assert.Equal("# Not a heading\nGet-Thing one", examples[0].Code);
        Assert.Equal("Name", examples[0].Output);
        Assert.Equal("It is the first.", examples[0].Remarks);
        Assert.Equal("", examples[1].Output);
    }

    [Fact]
    public void Leaves_out_what_the_assembly_says() => Assert.Equal([new HelpEntry("Name", "Its name.")], PageReader.Read("x", Text).Parameters);

    [Fact]
    public void Reads_a_page_that_was_written_on_Windows() => Assert.Equal("Gets things.", PageReader.Read("x", Text.Replace("\n", "\r\n")).Synopsis);

    [Theory]
    [InlineData("no heading")]
    [InlineData("# A\n## SYNOPSYS\nx")]
    public void Refuses_what_is_no_page(string text) => Assert.StartsWith("x.md: ", Assert.Throws<PageException>(() => PageReader.Read("x.md", text)).Message);
}
