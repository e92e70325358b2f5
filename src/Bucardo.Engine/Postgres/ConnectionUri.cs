namespace Bucardo.Engine.Postgres;

/// <summary>Takes a postgresql:// URI apart, as libpq does: several hosts, socket folders (percent-encoded), IPv6 addresses in
/// brackets.</summary>
static class ConnectionUri
{
    public static bool IsUri(string text) =>
        text.StartsWith("postgresql://", StringComparison.Ordinal) || text.StartsWith("postgres://", StringComparison.Ordinal);

    /// <summary>The settings by libpq's names; null when the text is malformed.</summary>
    public static Dictionary<string, string>? Parse(string text)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];

        var question = rest.IndexOf('?');
        var query = question < 0 ? "" : rest[(question + 1)..];
        if (question >= 0) rest = rest[..question];

        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        if (slash >= 0 && slash + 1 < rest.Length) settings["dbname"] = Decode(rest[(slash + 1)..]);

        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            var login = authority[..at];
            var colon = login.IndexOf(':');
            var user = colon < 0 ? login : login[..colon];
            if (user.Length > 0) settings["user"] = Decode(user);
            if (colon >= 0) settings["password"] = Decode(login[(colon + 1)..]);
            authority = authority[(at + 1)..];
        }
        if (!Hosts(authority, settings)) return null;

        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) return null;
            var key = Decode(pair[..equals]);
            var value = Decode(pair[(equals + 1)..]);
            if (key == "ssl" && value == "true") (key, value) = ("sslmode", "require");
            settings[key] = value;
        }
        return settings;
    }

    static bool Hosts(string authority, Dictionary<string, string> settings)
    {
        if (authority.Length == 0) return true;
        List<string> hosts = [], ports = [];
        foreach (var part in authority.Split(','))
        {
            var (host, port) = (part, "");
            if (part.StartsWith('['))
            {
                var end = part.IndexOf(']');
                if (end < 0) return false;
                host = part[1..end];
                var after = part[(end + 1)..];
                if (after.Length > 0 && after[0] != ':') return false;
                port = after.Length > 0 ? after[1..] : "";
            }
            else if (part.IndexOf(':') is >= 0 and var colon)
            {
                host = part[..colon];
                port = part[(colon + 1)..];
            }
            hosts.Add(Decode(host));
            ports.Add(port);
        }
        if (hosts.Any(h => h.Length > 0)) settings["host"] = string.Join(',', hosts);
        if (ports.Any(p => p.Length > 0)) settings["port"] = string.Join(',', ports);
        return true;
    }

    static string Decode(string text) => Uri.UnescapeDataString(text);
}
