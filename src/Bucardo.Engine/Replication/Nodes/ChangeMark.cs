using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>What tells one change of an origin from all others, where a promoted standby may give the ids of transactions again.</summary>
/// <param name="Xid">The origin's transaction.</param>
/// <param name="At">When the change was made there, to the microsecond.</param>
public readonly record struct ChangeMark(ulong Xid, DateTime At)
{
    /// <summary>Marks as two parameters: an array of transactions, as text, and one of times.</summary>
    internal static NpgsqlParameter[] Parameters(IReadOnlyCollection<ChangeMark> marks) =>
    [
        new() { Value = marks.Select(m => m.Xid.ToString(CultureInfo.InvariantCulture)).ToArray() },
        new() { Value = marks.Select(m => m.At).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
    ];
}
