namespace Bucardo.Ps.Help.Tests;

public sealed class CmdletReaderTests
{
    [Fact]
    public void Finds_the_parameter_sets_the_default_first() =>
        Assert.Equal(["Name", "InputObject"], Project.Cmdlet("Set-BucardoTable").ParameterSets.Select(set => set.Name));

    [Fact]
    public void Reads_values_and_default()
    {
        var level = Parameter("Start-BucardoService", "LogLevel");
        Assert.Equal(["Error", "Warning", "Information", "Debug", "Trace"], level.Values);
        Assert.Equal("Information", level.Default);
    }

    [Fact]
    public void Reads_pipeline_position_aliases_and_wildcards_also_of_inherited_parameters()
    {
        var name = Parameter("Start-BucardoSync", "Name");
        Assert.Equal("True (ByPropertyName, ByValue)", name.PipelineInput);
        Assert.Equal(0, name.Position);
        Assert.Equal(["Sync", "SyncName"], name.Aliases);
        Assert.True(name is { Required: true, Wildcards: true, Type: "string[]" });
    }

    [Fact]
    public void Writes_the_syntax_as_PowerShell_does() => Assert.Equal(
        "Suspend-BucardoSync [-Name] <string[]> [-Connection <ControlConnection>] [-PassThru] [-Reason <string>] [-Confirm] [-WhatIf] [<CommonParameters>]",
        SyntaxOf("Suspend-BucardoSync"));

    [Fact]
    public void Takes_the_first_text_of_a_new_page_from_the_source() => Assert.StartsWith("Why; ", Parameter("Suspend-BucardoSync", "Reason").Summary);

    static ParameterFacts Parameter(string cmdlet, string name) => Project.Cmdlet(cmdlet).Parameters.Single(parameter => parameter.Name == name);

    static string SyntaxOf(string cmdlet) => SyntaxText.Of(cmdlet, Project.Cmdlet(cmdlet).ParameterSets[0]);
}
