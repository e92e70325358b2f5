using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>What the cmdlets that wait for a round have in common.</summary>
static class KickDefaults
{
    /// <summary>How long they wait unless they are told. Every wait has an end; large first rounds take minutes.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    /// <summary>The error that a kick's result amounts to; null if it went well.</summary>
    public static BucardoException? ErrorOf(KickResult kick) => kick.Result switch
    {
        "TimedOut" => new("KickTimedOut", ErrorKind.Timeout,
            $"Sync '{kick.Sync}' has not finished a round within {Display.Duration(kick.Elapsed)}: it may still be at it; Get-BucardoStatus {kick.Sync} shows it, -Timeout allows more time."),
        "Failed" => new("RoundFailed", ErrorKind.Replication,
            $"The round of sync '{kick.Sync}' failed: {kick.Run?.Status ?? $"Get-BucardoSyncRun {kick.Sync} shows why."}"),
        _ => null,
    };
}
