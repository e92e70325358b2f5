using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// What a node's tables looked like when their shapes were read. A step looks again at those that it touches, so it costs what they cost, however many there are; all of them are looked at now and
/// then, for one that was dropped and made anew has no triggers that would make a step touch it.
/// </summary>
/// <param name="sync">Id of the sync.</param>
/// <param name="tables">The tables.</param>
sealed class TableFingerprints(int sync, IReadOnlyList<TableFingerprints.Table> tables)
{
    readonly Dictionary<uint, string> _known = [];

    /// <summary>A table on a node.</summary>
    /// <param name="Id">Its id in the control database.</param>
    /// <param name="Oid">Its oid.</param>
    /// <param name="Captured">Its number in <c>bucardo_node.captured</c>; 0: it has no change table.</param>
    internal sealed record Table(int Id, uint Oid, int Captured);

    /// <summary>Notes what all tables look like.</summary>
    public async Task ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Query(tables, all: true) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) _known[(uint)reader.GetInt64(0)] = reader.GetString(3);
    }

    /// <summary>Asks for those that may have something to be read, or for all.</summary>
    public NpgsqlBatchCommand Query(bool all) => Query(tables, all);

    /// <summary>Asks for some of them.</summary>
    public NpgsqlBatchCommand Query(IReadOnlyCollection<int> ids) => Query([.. tables.Where(t => ids.Contains(t.Id))], all: true);

    /// <summary>Compares what comes back, and returns the numbers of the change tables that have any pages.</summary>
    /// <exception cref="ShapeChangedException">A table is not what it was.</exception>
    public async Task<HashSet<int>> CheckAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var written = new HashSet<int>();
        while (await reader.ReadAsync(cancellation))
        {
            if (_known.GetValueOrDefault((uint)reader.GetInt64(0)) != reader.GetString(3)) throw new ShapeChangedException();
            if (reader.GetBoolean(2)) written.Add(reader.GetInt32(1));
        }
        return written;
    }

    NpgsqlBatchCommand Query(IReadOnlyList<Table> some, bool all) => new(SqlText.Load("Replication/Sql/fingerprint.sql"))
    {
        Parameters =
        {
            NodeConnection.Oids([.. some.Select(t => t.Oid)]),
            new() { Value = some.Select(t => t.Captured).ToArray() },
            new() { Value = some.Select(t => t.Id).ToArray() },
            new() { Value = all },
            new() { Value = sync },
        },
    };
}
