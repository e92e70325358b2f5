using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Service;

/// <summary>
/// Brings the losing version of a conflict back: as an ordinary change on a source of the sync, made in an ordinary session, so that triggers fire, constraints hold, and the change
/// travels to all nodes like any other.
/// </summary>
public static class ConflictRestorer
{
    /// <summary>Restores a version: writes its row, or deletes the row where the version was a deletion.</summary>
    /// <param name="control">The control database.</param>
    /// <param name="id">Number of the conflict.</param>
    /// <param name="database">The source to write it on; null: where it was written, else the first source that can be reached.</param>
    /// <param name="cancellation">Cancels it; nothing is changed then.</param>
    /// <exception cref="BucardoException">ConflictNotFound, SyncNotFound, ConflictTableGone, ConflictColumnGone, ConflictRowNotKept, NotASource, RestoreRefused, or a connection failure.</exception>
    public static async Task<Conflict> RestoreAsync(ControlDatabase control, long id, string? database, CancellationToken cancellation)
    {
        var conflict = await control.Conflicts.GetAsync(id, cancellation);
        if (conflict.LoserRow is { Count: 0 })
            throw new BucardoException("ConflictRowNotKept", ErrorKind.InvalidOperation, $"Conflict {id} cannot be restored: the row of {conflict.Table} was too large to be kept.");
        var definition = await control.Syncs.LoadDefinitionAsync(conflict.Sync, cancellation);
        var table = definition.ReplicatedTables().FirstOrDefault(t => (t.Schema, t.Name) == (conflict.Schema, conflict.TableName))
            ?? throw new BucardoException("ConflictTableGone", ErrorKind.NotFound, $"Conflict {id} cannot be restored: table {conflict.Table} is no longer in herd {definition.Sync.Herd} of sync {conflict.Sync}.");
        for (var sources = Sources(definition, conflict, database); ; sources.Dequeue())
        {
            var source = sources.Peek();
            try
            {
                await using var connection = await NodeConnection.OpenAsync(source.Connection, source.Name, "restore", cancellation);
                await WriteAsync(connection, source, table, conflict, cancellation);
                await control.Conflicts.SetRestoredAsync(id, source.Name, cancellation);
                return await control.Conflicts.GetAsync(id, cancellation);
            }
            catch (BucardoException e) when (e.Kind is ErrorKind.Connection or ErrorKind.Timeout && sources.Count > 1)
            {
                // The next source will do.
            }
        }
    }

    static Queue<Member> Sources(SyncDefinition definition, Conflict conflict, string? database)
    {
        var sources = definition.Members.Where(m => m.Role == DatabaseRole.Source && m.Status != DatabaseStatus.Inactive && (database is null || m.Name == database)).OrderByDescending(m => m.Name == conflict.Loser).ToList();
        if (sources.Count == 0)
            throw new BucardoException("NotASource", ErrorKind.InvalidArgument, $"Database {database ?? "(any)"} is not an active source of sync {conflict.Sync}: a row can be brought back only where its change is captured.");
        return new Queue<Member>(sources);
    }

    static async Task WriteAsync(NpgsqlConnection connection, Member source, Table table, Conflict conflict, CancellationToken cancellation)
    {
        var shape = (await ShapeReader.ReadAsync(connection, [table], cancellation)).GetValueOrDefault((table.Schema, table.Name));
        if (shape?.FindKey(table.KeyColumns) is not { } key)
            throw new BucardoException("ConflictTableGone", ErrorKind.NotFound, $"Conflict {conflict.Id} cannot be restored on database {source.Name}: table {conflict.Table} does not exist there with its key ({string.Join(", ", table.KeyColumns)}).");
        var row = conflict.LoserRow?.Where(c => shape.Find(c.Key) is not { IsGenerated: true }).ToList();
        if (row?.Where(c => shape.Find(c.Key) is null).Select(c => c.Key).ToList() is { Count: > 0 } gone)
            throw new BucardoException("ConflictColumnGone", ErrorKind.NotFound, $"Conflict {conflict.Id} cannot be restored on database {source.Name}: table {conflict.Table} has no column {string.Join(", ", gone)} any more.");
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            if (row is null) await RunAsync(connection, shape, "restore_delete", [], key, table, conflict, cancellation);
            else if (await RunAsync(connection, shape, "restore_update", [.. row.Where(c => !table.KeyColumns.Contains(c.Key) && !shape.Find(c.Key)!.IsIdentityAlways)], key, table, conflict, cancellation) == 0)
                await RunAsync(connection, shape, "restore_insert", row, key, table, conflict, cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException e) when (!ConnectionErrors.IsConnectionFailure(e))
        {
            throw new BucardoException("RestoreRefused", ErrorKind.InvalidOperation, $"Conflict {conflict.Id} cannot be restored: database {source.Name} refuses the row of {conflict.Table}: {e.MessageText}", e);
        }
    }

    static async Task<int> RunAsync(NpgsqlConnection connection, TableShape shape, string file, List<KeyValuePair<string, string?>> row, UniqueKey key, Table table, Conflict conflict, CancellationToken cancellation)
    {
        string Value(string column, int index) => shape.Find(column)!.FromText($"${index + 1}::text");
        string Operator(string column) => key.EqualityOperators[key.Columns.ToList().IndexOf(column)];
        if (file == "restore_update" && row.Count == 0) row = [.. table.KeyColumns.Zip(conflict.Key, KeyValuePair.Create<string, string?>)];
        var byKey = file != "restore_insert";
        await using var command = connection.Command(SqlText.Load($"Service/Sql/{file}.sql",
            ("table", shape.OnlyName), ("target", shape.QuotedName),
            ("assignments", string.Join(", ", row.Select((c, i) => $"{Quote.Identifier(c.Key)} = {Value(c.Key, i)}"))),
            ("columns", Quote.List(row.Select(c => c.Key))), ("values", string.Join(", ", row.Select((c, i) => Value(c.Key, i)))),
            ("match", string.Join(" AND ", table.KeyColumns.Select((c, i) => $"t.{Quote.Identifier(c)} OPERATOR({Operator(c)}) {Value(c, row.Count + i)}")))));
        foreach (var text in row.Select(c => c.Value).Concat(byKey ? conflict.Key : []))
            command.Parameters.Add(new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
