using System.Globalization;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Nodes;
using Npgsql;

namespace Bucardo.Engine.Replication;

/// <summary>
/// The bounds of a window in SQL: as literals, or as parameters, so that the statement is the same in every round and the server need not plan it anew. Windows that end in the middle of a
/// transaction have conditions of their own, and always come as literals.
/// </summary>
static class WindowSql
{
    const int FirstVersion = 5;

    /// <summary>The same window, with parameters instead of literals where that is possible.</summary>
    public static Window Parametrized(this Window window) => window is { IsCut: false, Skip: null, Part: null } ? window with { HasParameters = true } : window;

    /// <summary>The parameters that the window's statements take; none, if it comes as literals.</summary>
    public static object[] Parameters(Window window) => !window.HasParameters ? [] :
    [
        NodeConnection.Unknown(Text(window.Seen.Xmin)), NodeConnection.Unknown(window.Seen.ToString()), NodeConnection.Unknown(Text(window.Read.Xmax)), NodeConnection.Unknown(window.Read.ToString()),
        .. window.SeenVersions.OrderBy(v => v.Key).Select(v => NodeConnection.Unknown(v.Value.ToString())),
    ];

    public static string SeenXmin(Window window) => window.HasParameters ? "$1" : Quote.Literal(Text(window.Seen.Xmin));

    public static string Seen(Window window) => window.HasParameters ? "$2" : Quote.Literal(window.Seen.ToString());

    public static string ReadXmax(Window window) => window.HasParameters ? "$3" : Quote.Literal(Text(window.Read.Xmax));

    public static string Read(Window window) => window.HasParameters ? "$4" : Quote.Literal(window.Read.ToString());

    public static string SeenVersion(Window window, int origin) => window.HasParameters
        ? "$" + (FirstVersion + window.SeenVersions.Keys.Count(o => o < origin)).ToString(CultureInfo.InvariantCulture)
        : Quote.Literal(window.SeenVersions[origin].ToString());

    static string Text(ulong xid) => xid.ToString(CultureInfo.InvariantCulture);
}
