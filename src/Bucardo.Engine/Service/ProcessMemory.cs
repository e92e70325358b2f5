using System.Runtime.InteropServices;

namespace Bucardo.Engine.Service;

/// <summary>The memory of this process.</summary>
static class ProcessMemory
{
    /// <summary>
    /// Gives the machine back what the process holds and does not use. Neither the collector nor the C library does so by itself: the one has no reason to collect while nothing is allocated, the
    /// other keeps what the compiler has needed. All threads stop for it, for some milliseconds.
    /// </summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library than GNU's.
        }
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int MallocTrim(nuint pad);
}
