namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>Writes a parameter set as one line, as PowerShell does.</summary>
static class SyntaxText
{
    public static string Of(string cmdlet, ParameterSetFacts set) =>
        string.Join(' ', [cmdlet, .. set.Parameters.Select(Of), "[<CommonParameters>]"]);

    static string Of(ParameterFacts parameter)
    {
        if (parameter.IsSwitch) return parameter.Required ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        var name = parameter.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        var whole = $"{name} {Value(parameter)}";
        return parameter.Required ? whole : $"[{whole}]";
    }

    static string Value(ParameterFacts parameter) =>
        parameter.Values.Count > 0 ? $"{{{string.Join(" | ", parameter.Values)}}}" : $"<{parameter.Type}>";
}
