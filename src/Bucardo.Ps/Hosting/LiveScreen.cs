using System.Management.Automation;

namespace Bucardo.Ps.Hosting;

/// <summary>The terminal as a screen that is drawn anew: on the alternate screen, so that what was there before comes back at the end.</summary>
sealed class LiveScreen : IDisposable
{
    const string Open = "\e[?1049h\e[?25l";
    const string Close = "\e[?25h\e[?1049l";

    readonly PSCmdlet _command;

    LiveScreen(PSCmdlet command)
    {
        _command = command;
        Write(Open);
    }

    /// <summary>A screen for a command; null where its output goes elsewhere than to a terminal.</summary>
    public static LiveScreen? For(PSCmdlet command)
    {
        var isLast = command.MyInvocation.PipelinePosition == command.MyInvocation.PipelineLength;
        return isLast && !Console.IsOutputRedirected && command.Host.Name == "ConsoleHost" ? new LiveScreen(command) : null;
    }

    /// <summary>Shows objects as PowerShell formats them, under a line of its own.</summary>
    public void Draw(string head, object objects)
    {
        var size = _command.Host.UI.RawUI.WindowSize;
        var lines = _command.InvokeCommand.InvokeScript("param($objects, $width) $objects | Out-String -Width $width -Stream", false,
            System.Management.Automation.Runspaces.PipelineResultTypes.None, null, objects, Math.Max(40, size.Width - 1)).Select(line => line?.ToString() ?? "");
        // Each line clears what was behind it, and the last one what was below: nothing flickers.
        Write("\e[H" + string.Join("\e[K\n", lines.Prepend(head).Take(Math.Max(5, size.Height - 1))) + "\e[K\e[J");
    }

    /// <summary>Gives the terminal back.</summary>
    public void Dispose() => Write(Close);

    void Write(string text) => _command.Host.UI.Write(text);
}
