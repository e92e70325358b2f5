using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Bench.Benchmarks;

/// <summary>Rows to be written.</summary>
sealed record ApplyRows(long[] Ids, int[] Changing, string[] Texts, DateTime[] Times, decimal[] Amounts)
{
    public static ApplyRows Of(IReadOnlyList<long> ids, int value) =>
        new([.. ids], [.. ids.Select(i => value)], [.. ids.Select(i => $"row {i} of a table with some text in it, {i % 97}")], [.. ids.Select(i => new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(i))], [.. ids.Select(i => i / 8m)]);
}

/// <summary>A way to write rows into a table, be they there already or not.</summary>
abstract record ApplyStrategy(string Name)
{
    protected const string Columns = "id, changing, note, at, amount";
    protected const string Assignments = "changing = s.changing, note = s.note, at = s.at, amount = s.amount";
    const string Conflict = "ON CONFLICT (id) DO UPDATE SET changing = excluded.changing, note = excluded.note, at = excluded.at, amount = excluded.amount";
    const string Absent = "WHERE NOT EXISTS (SELECT FROM bench_apply t WHERE t.id = s.id)";

    public static readonly IReadOnlyList<ApplyStrategy> All =
    [
        new DeleteAndCopy(),
        new Staged("stage, UPDATE + INSERT", $"UPDATE bench_apply t SET {Assignments} FROM stage s WHERE t.id = s.id", $"INSERT INTO bench_apply SELECT s.* FROM stage s {Absent}"),
        new Staged("stage, MERGE", $"MERGE INTO bench_apply t USING stage s ON t.id = s.id WHEN MATCHED THEN UPDATE SET {Assignments} WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.changing, s.note, s.at, s.amount)"),
        new Staged("stage, ON CONFLICT", $"INSERT INTO bench_apply SELECT * FROM stage {Conflict}"),
        new Arrays("arrays, UPDATE + INSERT", $"UPDATE bench_apply t SET {Assignments} FROM @ s WHERE t.id = s.id", $"INSERT INTO bench_apply SELECT s.* FROM @ s {Absent}"),
        new Arrays("arrays, ON CONFLICT", $"INSERT INTO bench_apply SELECT * FROM @ s {Conflict}"),
    ];

    /// <summary>Writes them, inside of the caller's transaction.</summary>
    public abstract Task ApplyAsync(NpgsqlConnection connection, ApplyRows rows, CancellationToken cancellation);

    protected static async Task CopyAsync(NpgsqlConnection connection, string table, ApplyRows rows, CancellationToken cancellation)
    {
        await using var writer = await connection.BeginBinaryImportAsync($"COPY {table} ({Columns}) FROM STDIN (FORMAT binary)", cancellation);
        for (var i = 0; i < rows.Ids.Length; i++)
        {
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync(rows.Ids[i], cancellation);
            await writer.WriteAsync(rows.Changing[i], cancellation);
            await writer.WriteAsync(rows.Texts[i], cancellation);
            await writer.WriteAsync(rows.Times[i], NpgsqlDbType.TimestampTz, cancellation);
            await writer.WriteAsync(rows.Amounts[i], cancellation);
        }
        await writer.CompleteAsync(cancellation);
    }

    protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Bucardo's way.</summary>
    sealed record DeleteAndCopy() : ApplyStrategy("DELETE + COPY")
    {
        public override async Task ApplyAsync(NpgsqlConnection connection, ApplyRows rows, CancellationToken cancellation)
        {
            await ExecuteAsync(connection, "DELETE FROM bench_apply WHERE id = ANY ($1)", cancellation, rows.Ids);
            await CopyAsync(connection, "bench_apply", rows, cancellation);
        }
    }

    /// <summary>COPY into a temporary table, then statements that join it.</summary>
    sealed record Staged(string Name, params string[] Statements) : ApplyStrategy(Name)
    {
        public override async Task ApplyAsync(NpgsqlConnection connection, ApplyRows rows, CancellationToken cancellation)
        {
            await ExecuteAsync(connection, "CREATE TEMP TABLE stage (LIKE bench_apply) ON COMMIT DROP", cancellation);
            await CopyAsync(connection, "stage", rows, cancellation);
            foreach (var statement in Statements) await ExecuteAsync(connection, statement, cancellation);
        }
    }

    /// <summary>Statements over arrays, in chunks.</summary>
    sealed record Arrays(string Name, params string[] Statements) : ApplyStrategy(Name)
    {
        const int Chunk = 5000;
        const string Source = $"unnest($1::bigint[], $2::int[], $3::text[], $4::timestamptz[], $5::numeric[]) AS";

        public override async Task ApplyAsync(NpgsqlConnection connection, ApplyRows rows, CancellationToken cancellation)
        {
            for (var from = 0; from < rows.Ids.Length; from += Chunk)
            {
                var part = from..Math.Min(rows.Ids.Length, from + Chunk);
                foreach (var statement in Statements)
                    await ExecuteAsync(connection, statement.Replace("@ s", $"{Source} s({Columns})"), cancellation, rows.Ids[part], rows.Changing[part], rows.Texts[part], rows.Times[part], rows.Amounts[part]);
            }
        }
    }
}
