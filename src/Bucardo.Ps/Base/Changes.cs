using System.Management.Automation;

namespace Bucardo.Ps.Base;

/// <summary>Says in a WhatIf message which settings a Set- cmdlet would change, without their values: one of them may be a secret.</summary>
static class Changes
{
    static readonly HashSet<string> s_notSettings = new(StringComparer.OrdinalIgnoreCase) { "Name", "InputObject", "Connection", "PassThru", "WhatIf", "Confirm", "Schema", "Database", "Herd", "Group" };

    public static string Of(InvocationInfo invocation, params string[] more)
    {
        var names = invocation.BoundParameters.Keys.Where(name => more.Contains(name) || (!s_notSettings.Contains(name) && !IsCommon(name))).ToList();
        return names.Count == 0 ? "nothing" : string.Join(", ", names);
    }

    static bool IsCommon(string name) =>
        Cmdlet.CommonParameters.Contains(name, StringComparer.OrdinalIgnoreCase) || name.Equals("ProgressAction", StringComparison.OrdinalIgnoreCase);
}
