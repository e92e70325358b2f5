using System.Runtime.InteropServices;

namespace Bucardo.TestSupport;

/// <summary>Signals to processes that this test process has started.</summary>
static partial class Signals
{
    public const int Interrupt = 2, Quit = 3, Kill = 9;

    // Their numbers differ between Linux and the BSDs, macOS included.
    public static int Continue => OperatingSystem.IsLinux() ? 18 : 19;

    public static int Stop => OperatingSystem.IsLinux() ? 19 : 17;

    /// <summary>False if there is no such process, or it is somebody else's.</summary>
    public static bool Send(int processId, int signal) => processId > 1 && kill(processId, signal) == 0;

    public static bool IsRoot => geteuid() == 0;

    [DllImport("libc")]
    static extern int kill(int pid, int signal);

    [DllImport("libc")]
    static extern uint geteuid();
}
