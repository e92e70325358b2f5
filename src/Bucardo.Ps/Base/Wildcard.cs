using System.Management.Automation;

namespace Bucardo.Ps.Base;

/// <summary>Wildcards as PowerShell has them, and % for *, as in Bucardo.</summary>
static class Wildcard
{
    static readonly char[] s_signs = ['*', '?', '[', '%'];

    public static bool IsIn(string name) => name.IndexOfAny(s_signs) >= 0;

    public static WildcardPattern Pattern(string name) => WildcardPattern.Get(name.Replace('%', '*'), WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
}
