using Npgsql;

namespace Bucardo.Console.Demo;

/// <summary>What a comparison of one table found.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Keys">Different keys, over all databases.</param>
/// <param name="Different">Keys whose rows are not the same everywhere, or missing somewhere.</param>
sealed record TableComparison(string Table, long Keys, long Different);

/// <summary>Compares a table in several databases row by row: one ordered stream from each, side by side, so that memory does not matter.</summary>
static class RowComparison
{
    /// <summary>Compares.</summary>
    /// <param name="nodes">The databases.</param>
    /// <param name="table">The table.</param>
    /// <param name="key">Its key column, an integer.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<TableComparison> RunAsync(IReadOnlyList<DemoNode> nodes, string table, string key, CancellationToken cancellation)
    {
        var streams = new List<RowStream>();
        try
        {
            foreach (var node in nodes) streams.Add(await RowStream.OpenAsync(node, table, key, cancellation));
            long keys = 0;
            long different = 0;
            while (streams.Where(s => s.Key is not null).Min(s => s.Key) is { } next)
            {
                keys++;
                if (streams.Any(s => s.Key != next || s.Row != streams[0].Row)) different++;
                foreach (var stream in streams)
                    if (stream.Key == next) await stream.MoveAsync(cancellation);
            }
            return new TableComparison(table, keys, different);
        }
        finally
        {
            foreach (var stream in streams) await stream.DisposeAsync();
        }
    }

    sealed class RowStream(NpgsqlConnection connection, NpgsqlCommand command, NpgsqlDataReader reader) : IAsyncDisposable
    {
        /// <summary>The key of the row at hand; null at the end.</summary>
        public int? Key { get; private set; }

        public string? Row { get; private set; }

        public static async Task<RowStream> OpenAsync(DemoNode node, string table, string key, CancellationToken cancellation)
        {
            var connection = await node.OpenAsync(cancellation);
            var command = new NpgsqlCommand($"SELECT t.{key}, t::text FROM {table} t ORDER BY t.{key}", connection);
            try
            {
                var stream = new RowStream(connection, command, await command.ExecuteReaderAsync(cancellation));
                await stream.MoveAsync(cancellation);
                return stream;
            }
            catch
            {
                await command.DisposeAsync();
                await connection.DisposeAsync();
                throw;
            }
        }

        public async Task MoveAsync(CancellationToken cancellation)
        {
            var more = await reader.ReadAsync(cancellation);
            Key = more ? reader.GetInt32(0) : null;
            Row = more ? reader.GetString(1) : null;
        }

        public async ValueTask DisposeAsync()
        {
            // Closing an unread stream would read it to its end.
            if (Key is not null) command.Cancel();
            await reader.DisposeAsync();
            await command.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
