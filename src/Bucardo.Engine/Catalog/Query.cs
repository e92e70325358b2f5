using Bucardo.Engine.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Catalog;

/// <summary>Runs the SQL files of the catalog with positional parameters.</summary>
static class Query
{
    public static async Task<List<T>> ListAsync<T>(
        NpgsqlConnection connection, string file, Func<NpgsqlDataReader, T> row, CancellationToken cancellation, params object?[] values)
    {
        await using var command = Command(connection, file, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var result = new List<T>();
        while (await reader.ReadAsync(cancellation)) result.Add(row(reader));
        return result;
    }

    /// <summary>The first column of the first row; default when there is no row, or it is NULL.</summary>
    public static async Task<T?> ValueAsync<T>(NpgsqlConnection connection, string file, CancellationToken cancellation,
        params object?[] values)
    {
        await using var command = Command(connection, file, values);
        return await command.ExecuteScalarAsync(cancellation) is T value ? value : default;
    }

    /// <summary>The number of rows that were changed.</summary>
    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, string file, CancellationToken cancellation,
        params object?[] values)
    {
        await using var command = Command(connection, file, values);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    public static string? Text(this NpgsqlDataReader reader, string column)
    {
        var ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) || reader.GetString(ordinal) is not { Length: > 0 } text ? null : text;
    }

    public static T Get<T>(this NpgsqlDataReader reader, string column) => reader.GetFieldValue<T>(reader.GetOrdinal(column));

    public static T? GetNullable<T>(this NpgsqlDataReader reader, string column) where T : struct
    {
        var ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<T>(ordinal);
    }

    static NpgsqlCommand Command(NpgsqlConnection connection, string file, object?[] values)
    {
        var command = new NpgsqlCommand(SqlText.Load($"Catalog/Sql/{file}.sql"), connection);
        foreach (var value in values)
        {
            // A NULL has no type of its own; the SQL files cast every parameter that may be one.
            command.Parameters.Add(value is null ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown }
                : new NpgsqlParameter { Value = value });
        }
        return command;
    }
}
