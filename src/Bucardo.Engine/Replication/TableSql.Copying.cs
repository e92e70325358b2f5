using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Replication;

// The table as a whole, with its log and its states.
public sealed partial class TableSql
{
    /// <summary>COPY of all rows.</summary>
    internal string CopyTableOut() => CopyOut($"SELECT {string.Join(", ", _layout.Columns.Select(c => Travelling(c, "t." + Quote.Identifier(c))))} FROM {_shape.OnlyName} t");

    /// <summary>COPY of rows into the table itself.</summary>
    internal string CopyTableIn() => $"COPY {_shape.QuotedName} ({Quote.List(_layout.Columns)}) FROM STDIN{Format}";

    /// <summary>COPY of the versions that the node holds, as far as they are logged: one for each key, after the last TRUNCATE.</summary>
    internal string CopyLogOut() => CopyOut(SqlText.Load("Replication/Sql/copy_log.sql", ("keys", ChangeKeys()), ("node", Number(_node)), ("changes", Changes), ("id", Number(CapturedId))));

    /// <summary>COPY into the log.</summary>
    internal string CopyLogIn() => $"COPY bucardo_node.{Change} ({ChangeKeys()}, origin, origin_xid, at) FROM STDIN{Format}";

    /// <summary>COPY of the states that merging takes.</summary>
    internal string CopyStatesOut() => CopyOut($"SELECT {ChangeKeys()}, state, gone FROM bucardo_node.{Merge}");

    /// <summary>COPY into the states.</summary>
    internal string CopyStatesIn() => $"COPY bucardo_node.{Merge} ({ChangeKeys()}, state, gone) FROM STDIN{Format}";

    /// <summary>Empties the states and the log.</summary>
    internal IReadOnlyList<string> ForgetLog() =>
    [
        $"DELETE FROM bucardo_node.{Change}",
        .. HasBulk ? new[] { $"DELETE FROM bucardo_node.{Bulk}" } : [],
        $"DELETE FROM bucardo_node.truncation WHERE captured = {Number(CapturedId)}",
        .. _merges ? new[] { $"DELETE FROM bucardo_node.{Merge}" } : [],
    ];

    /// <summary>The last TRUNCATE that is logged: origin, its transaction, time.</summary>
    internal string LastTruncation() =>
        $"SELECT coalesce(origin, {Number(_node)})::text, coalesce(origin_xid, xid)::text, at::text FROM bucardo_node.truncation WHERE captured = {Number(CapturedId)} ORDER BY seq DESC LIMIT 1";

    /// <summary>Whether the log has anything that is not among what was seen ($1, $2: origins and their snapshots), or is an exception to it ($3, $4: origins and transactions).</summary>
    internal string HasUnseen() => SqlText.Load("Replication/Sql/copy_unseen.sql", ("node", Number(_node)), ("changes", Changes), ("id", Number(CapturedId)));

    /// <summary>Whether merging the table's rows takes states on the node.</summary>
    internal bool Merges => _merges;

    /// <summary>Whether the table has no row.</summary>
    internal string IsEmpty() => $"SELECT NOT EXISTS (SELECT FROM {_shape.OnlyName})";

    /// <summary>Deletes all rows.</summary>
    internal string DeleteTable() => $"DELETE FROM {_shape.OnlyName}";
}
