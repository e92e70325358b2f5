using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Moves the conflicts that a node has recorded to the control database. They are taken away only when they have arrived, and arrive once however often they are brought, so that nothing
/// is missing in the history and nothing is in it twice, whoever dies in between.
/// </summary>
static class ConflictMover
{
    /// <summary>Moves all that waits on one node. Returns how many conflicts there were.</summary>
    /// <exception cref="BucardoException">The node or the control database cannot be reached.</exception>
    public static async Task<int> MoveAsync(ControlDatabase control, Sync sync, Member member, NpgsqlConnection node, CancellationToken cancellation)
    {
        var moved = 0;
        while (await TakeAsync(node, sync.Id, cancellation) is var (ids, conflicts))
        {
            await control.Conflicts.AddAsync(sync, member.Name, conflicts, cancellation);
            await node.ExecuteAsync("DELETE FROM bucardo_node.conflict WHERE id = ANY ($1)", cancellation, ids);
            moved += ids.Length;
        }
        return moved;
    }

    /// <summary>Moves all that waits on the nodes that can be reached; what cannot be moved now waits there.</summary>
    public static async Task MoveAllAsync(ControlDatabase control, Sync sync, IEnumerable<Member> members, CancellationToken cancellation)
    {
        foreach (var member in members.Where(m => m.Status != DatabaseStatus.Inactive))
        {
            try
            {
                await using var node = await NodeConnection.OpenAsync(member.Connection, member.Name, "conflicts", cancellation);
                await MoveAsync(control, sync, member, node, cancellation);
            }
            catch (Exception e) when (e is BucardoException or NpgsqlException or IOException && !cancellation.IsCancellationRequested)
            {
                // The round has reported the node already; what waits there comes with the next round or service.
            }
        }
    }

    static async Task<(long[] Ids, string Conflicts)?> TakeAsync(NpgsqlConnection node, int sync, CancellationToken cancellation)
    {
        await using var command = node.Command(SqlText.Load("Service/Sql/conflict_take.sql"), sync);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetFieldValue<long[]>(0), reader.GetString(1)) : null;
    }
}
