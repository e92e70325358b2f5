using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Sequences;

/// <summary>The sequences of a PostgreSQL database.</summary>
/// <param name="connection">A session outside of a transaction: a sequence that was drawn from stays locked against ALTER SEQUENCE until the transaction ends.</param>
/// <param name="name">Name of the node.</param>
/// <param name="isSource">Whether what is drawn there counts.</param>
sealed class PgSequences(NpgsqlConnection connection, string name, bool isSource) : ISequenceNode
{
    public string Name => name;

    public bool IsSource => isSource;

    public async Task<IReadOnlyList<SequenceState>> ReadAsync(IReadOnlyList<Table> sequences, CancellationToken cancellation)
    {
        await using var command = connection.Command(SqlText.Load("Replication/Sql/sequences.sql"), sequences.Select(s => s.Schema).ToArray(), sequences.Select(s => s.Name).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var states = new List<SequenceState>();
        while (await reader.ReadAsync(cancellation))
        {
            states.Add(await reader.IsDBNullAsync(0, cancellation) ? SequenceState.Missing : new SequenceState
            {
                Oid = reader.GetFieldValue<uint>(0),
                Increment = reader.GetInt64(1),
                Minimum = reader.GetInt64(2),
                Maximum = reader.GetInt64(3),
                Cache = reader.GetInt64(4),
                Cycles = reader.GetBoolean(5),
                MayRead = reader.GetBoolean(6),
                MayMove = reader.GetBoolean(7),
                Last = await reader.IsDBNullAsync(8, cancellation) ? null : reader.GetInt64(8),
            });
        }
        return states;
    }

    public async Task<long> DrawAsync(SequenceState sequence, long target, int most, CancellationToken cancellation)
    {
        // What is left in the session's own cache lies before what others have drawn since.
        if (sequence.Cache > 1) await connection.ExecuteAsync("DISCARD SEQUENCES", cancellation);
        await using var command = connection.Command(SqlText.Load("Replication/Sql/sequence_draw.sql"), NodeConnection.Oid(sequence.Oid), most, sequence.Increment, target);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    public async Task<bool> JumpAsync(SequenceState sequence, long value, long guard, CancellationToken cancellation)
    {
        await using var command = connection.Command(SqlText.Load("Replication/Sql/sequence_jump.sql"), NodeConnection.Oid(sequence.Oid), value, guard, sequence.IsDescending);
        return await command.ExecuteScalarAsync(cancellation) is long;
    }
}
