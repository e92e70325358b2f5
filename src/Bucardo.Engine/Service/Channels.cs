using Bucardo.Engine.Capture;

namespace Bucardo.Engine.Service;

/// <summary>
/// NOTIFY channels. The names are Bucardo 5's, so that other people's programs carry on. On the control database the channel says it all;
/// on nodes there is one channel and the payload says which sync.
/// </summary>
public static class Channels
{
    /// <summary>On nodes: captures say <c>kick_sync_NAME</c> here.</summary>
    public const string Node = CaptureSql.KickChannel;

    /// <summary>Payload on <see cref="Node"/> for a sync.</summary>
    public const string KickPayload = CaptureSql.KickPayload;

    /// <summary>Somebody changed the configuration.</summary>
    public const string ConfigChanged = "bucardo_config_changed";

    /// <summary>Stop: the service whose number the payload is, else all of them.</summary>
    public const string FullStop = "bucardo_mcp_fullstop";

    /// <summary>Read the configuration again.</summary>
    public const string Reload = "bucardo_mcp_reload";

    /// <summary>Are you there?</summary>
    public const string Ping = "bucardo_mcp_ping";

    /// <summary>I am; to a ping with a token, the token and the service's number.</summary>
    public const string Pong = "bucardo_mcp_pong";

    /// <summary>A text for the service's log.</summary>
    public const string LogMessage = "bucardo_log_message";

    /// <summary>Kick a sync; a payload is given back with the answer.</summary>
    public static string Kick(string sync) => "bucardo_kick_sync_" + sync;

    /// <summary>A round of the sync is done.</summary>
    public static string Done(string sync) => "bucardo_syncdone_" + sync;

    /// <summary>A round of the sync failed.</summary>
    public static string Failed(string sync) => "bucardo_synckill_" + sync;

    /// <summary>Activate a sync that has been prepared before.</summary>
    public static string Activate(string sync) => "bucardo_activate_sync_" + sync;

    /// <summary>Deactivate a sync.</summary>
    public static string Deactivate(string sync) => "bucardo_deactivate_sync_" + sync;

    /// <summary>Pause a sync.</summary>
    public static string Pause(string sync) => "bucardo_pause_sync_" + sync;

    /// <summary>Resume a sync.</summary>
    public static string Resume(string sync) => "bucardo_resume_sync_" + sync;

    /// <summary>Read a sync's configuration again.</summary>
    public static string ReloadSync(string sync) => "bucardo_reload_sync_" + sync;
}
