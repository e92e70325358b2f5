using System.Text.RegularExpressions;

namespace Bucardo.Ps.Help.Pages;

/// <summary>An example of a page.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Body">Everything under the heading: remarks, the commands in a fence marked powershell, what they print in one marked output.</param>
public sealed partial record HelpExample(string Title, string Body)
{
    /// <summary>The commands.</summary>
    public string Code => Fence("powershell");

    /// <summary>What they print; empty if that is not shown.</summary>
    public string Output => Fence("output");

    /// <summary>The rest, without the comments that are meant for the tests.</summary>
    public string Remarks => Comment().Replace(AnyFence().Replace(Body, ""), "").Trim();

    string Fence(string kind)
    {
        var match = AnyFence().Matches(Body).FirstOrDefault(fence => fence.Groups["kind"].Value == kind);
        return match?.Groups["text"].Value.TrimEnd() ?? "";
    }

    [GeneratedRegex(@"^```(?<kind>\w+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex AnyFence();

    [GeneratedRegex(@"<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
