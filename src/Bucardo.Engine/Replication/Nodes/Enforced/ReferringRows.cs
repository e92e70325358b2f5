using System.Globalization;
using Bucardo.Engine.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes.Enforced;

/// <summary>
/// Some changes can only be made by taking a row away and putting another one in its place: of a GENERATED ALWAYS identity, of unique values that change places. What refers to
/// such a row would be taken along, or set to NULL, or keep it from going. So it is taken away beforehand, with what refers to it in turn, and put back afterwards as it was.
/// </summary>
/// <param name="connection">The connection that applies.</param>
sealed class ReferringRows(NpgsqlConnection connection)
{
    sealed record Reference(uint Table, string Name, string Columns, string Match, bool OnlyRefuses, bool IsDeferred);

    sealed record Place(uint Table, string Row);

    int _kept;

    /// <summary>
    /// Takes away what refers to rows of a table that are about to be replaced, or to go. Returns per table, in the order in which they can be put back, the SQL for it: given the table if
    /// rows of it are staged too, which are then not put back, for they are written anew.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows, as a source of rows.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<IReadOnlyList<(uint Table, Func<TableSql?, string> PutBack)>> TakeAsync(TableSql table, string rows, CancellationToken cancellation)
    {
        var found = new List<(Reference Reference, List<Place> Places)>();
        var seen = new HashSet<Place>();
        var (replaced, gone) = (new List<Place>(), new List<Place>());
        foreach (var (place, stays) in await ReadAsync(connection.Command(table.PlacesOf(rows)), cancellation)) (stays ? replaced : gone).Add(place);
        seen.UnionWith(replaced.Concat(gone));
        var queue = new Queue<(uint Table, string Name, List<Place> Places, bool IsReplaced)>();
        queue.Enqueue((table.Oid, table.OnlyName, replaced, true));
        queue.Enqueue((table.Oid, table.OnlyName, gone, false));
        while (queue.TryDequeue(out var next))
        {
            if (next.Places.Count == 0) continue;
            foreach (var reference in await ReferencesAsync(next.Table, cancellation))
            {
                // What is put back in the same statement, or is looked for at the end only, keeps nobody from anything.
                if (reference.IsDeferred || (next.IsReplaced && reference.OnlyRefuses)) continue;
                await using var command = connection.Command(
                    $"SELECT c.tableoid, c.ctid::text, true FROM {reference.Name} c JOIN {next.Name} t ON {reference.Match} WHERE {IsOneOf("t")} FOR UPDATE OF c", [.. Parameters(next.Places)]);
                var places = (await ReadAsync(command, cancellation)).Select(p => p.Place).Where(seen.Add).ToList();
                if (places.Count == 0) continue;
                found.Add((reference, places));
                queue.Enqueue((reference.Table, reference.Name, places, false));
            }
        }
        var putBack = new List<(uint, Func<TableSql?, string>)>();
        foreach (var (reference, places) in found) putBack.Add((reference.Table, await KeepAsync(reference, places, cancellation)));
        // The last that were found refer to those before them.
        foreach (var (reference, places) in found.AsEnumerable().Reverse())
            await connection.ExecuteAsync($"DELETE FROM {reference.Name} c WHERE {IsOneOf("c")}", cancellation, [.. Parameters(places)]);
        return putBack;
    }

    async Task<Func<TableSql?, string>> KeepAsync(Reference reference, List<Place> places, CancellationToken cancellation)
    {
        var kept = string.Create(CultureInfo.InvariantCulture, $"pg_temp.bucardo_kept_{++_kept}");
        await connection.ExecuteAsync($"CREATE TEMP TABLE {kept[(kept.IndexOf('.') + 1)..]} ON COMMIT DROP AS SELECT {reference.Columns} FROM {reference.Name} LIMIT 0", cancellation);
        await connection.ExecuteAsync($"INSERT INTO {kept} SELECT {reference.Columns} FROM {reference.Name} c WHERE {IsOneOf("c")}", cancellation, [.. Parameters(places)]);
        return staged => $"INSERT INTO {reference.Name.Replace("ONLY ", "")} ({reference.Columns}) OVERRIDING SYSTEM VALUE SELECT {reference.Columns} FROM {kept} k"
            + (staged is null ? "" : $" WHERE NOT EXISTS (SELECT FROM {staged.Stage} r WHERE {staged.StageMatch("k")})");
    }

    async Task<List<Reference>> ReferencesAsync(uint table, CancellationToken cancellation)
    {
        var found = new List<Reference>();
        await using var command = connection.Command(SqlText.Load("Replication/Sql/referring.sql"), NodeConnection.Oid(table));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var name = reader.GetBoolean(2) ? reader.GetString(1) : "ONLY " + reader.GetString(1);
            found.Add(new Reference(reader.GetFieldValue<uint>(0), name, reader.GetString(3), reader.GetString(4), reader.GetBoolean(5), reader.GetBoolean(6)));
        }
        return found;
    }

    static string IsOneOf(string alias) => $"({alias}.tableoid, {alias}.ctid) IN (SELECT * FROM unnest($1::oid[], $2::text[]::tid[]))";

    static IEnumerable<object> Parameters(List<Place> places) =>
    [
        NodeConnection.Oids([.. places.Select(p => p.Table)]),
        new NpgsqlParameter { Value = places.Select(p => p.Row).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
    ];

    static async Task<List<(Place Place, bool Stays)>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        var places = new List<(Place, bool)>();
        await using var disposing = command;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) places.Add((new Place(reader.GetFieldValue<uint>(0), reader.GetString(1)), reader.GetBoolean(2)));
        return places;
    }
}
