namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>The two parameters that PowerShell itself gives to a cmdlet that changes something.</summary>
static class CommonParameters
{
    public static readonly IReadOnlyList<ParameterFacts> ShouldProcess =
    [
        Switch("Confirm", "cf", "Asks before each change. The cmdlets that take something away ask without it; scripts say -Confirm:$false."),
        Switch("WhatIf", "wi", "Shows what would be done, and where, and does nothing."),
    ];

    public static bool IsShouldProcess(ParameterFacts parameter) => ShouldProcess.Contains(parameter);

    static ParameterFacts Switch(string name, string alias, string summary) => new()
    {
        Name = name,
        Summary = summary,
        Type = "SwitchParameter",
        Sets = [ParameterFacts.AllSets],
        Aliases = [alias],
        Default = "False",
    };
}
