using System.Globalization;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Decisions;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>The exceptions to a node's context (<c>bucardo_node.deferred</c>).</summary>
static class DeferredVersions
{
    /// <summary>Records exceptions.</summary>
    public static NpgsqlBatchCommand Record(int sync, IReadOnlyCollection<DeferredVersion> deferred) => new(SqlText.Load("Replication/Sql/deferred.sql"))
    {
        Parameters =
        {
            new() { Value = sync },
            new() { Value = deferred.Select(d => d.Table).ToArray() },
            new() { Value = deferred.Select(d => RowKey.ToJson(d.Key)).ToArray() },
            new() { Value = deferred.Select(d => d.Version.Origin).ToArray() },
            new() { Value = deferred.Select(d => d.Version.Xid.ToString(CultureInfo.InvariantCulture)).ToArray() },
            new() { Value = deferred.Select(d => d.Version.At).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
        },
    };
}
