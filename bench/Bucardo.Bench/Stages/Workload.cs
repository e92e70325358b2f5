namespace Bucardo.Bench.Stages;

/// <summary>The tables and statements that the benchmarks share. Everything is deterministic: the same statements make the same rows on every node.</summary>
static class Workload
{
    public const string Marker = "bench_marker";
    public const string TenColumns = "bench_ten";
    public const string Latency = "bench_lat";

    public static readonly IReadOnlyList<string> PgbenchTables = ["pgbench_accounts", "pgbench_branches", "pgbench_tellers"];

    /// <summary>pgbench's tables, 100,000 accounts a scale, and the benchmarks' own.</summary>
    public static Func<BenchNode, CancellationToken, Task> Pgbench(int scale) => async (node, cancellation) =>
    {
        await node.PgbenchAsync($"-i -q -s {scale}", cancellation);
        await OwnTablesAsync(node, cancellation);
    };

    /// <summary>Marker and probe, and a table of ten columns of many types.</summary>
    public static Task OwnTablesAsync(BenchNode node, CancellationToken cancellation) => node.ExecuteAsync($"""
        CREATE TABLE {Marker} (id int PRIMARY KEY, n bigint NOT NULL);
        INSERT INTO {Marker} VALUES (1, 0);
        CREATE TABLE {Latency} (id bigint PRIMARY KEY, v text);
        CREATE TABLE {TenColumns} (
            id bigint PRIMARY KEY, i4 int NOT NULL, i8 bigint, num numeric(12,3), flag boolean,
            name text, body text, doc jsonb, at timestamptz NOT NULL, raw bytea);
        """, cancellation);

    /// <summary>Sets the marker, which shows on the other side that everything of the same transaction has arrived.</summary>
    public static string SetMarker(long number) => $"UPDATE {Marker} SET n = {number} WHERE id = 1";

    public static string UpdateAccounts(int rows) => $"UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid <= {rows}";

    public static string InsertTenColumns(long from, long to) => $$"""
        INSERT INTO {{TenColumns}}
        SELECT g, g % 1000, g * 1000003, (g % 100000) / 7.0, g % 3 = 0,
               'name ' || g, CASE WHEN g % 10 = 0 THEN NULL ELSE repeat(md5(g::text), 3) || E'\t\\ \n' END,
               jsonb_build_object('k', g, 'tags', jsonb_build_array('a', g % 17, NULL), 'q', 'it''s'),
               timestamptz '2020-01-01 00:00:00.123456+00' + g * interval '1 second', decode(md5(g::text), 'hex')
        FROM generate_series({{from}}::bigint, {{to}}::bigint) g
        """;

    /// <summary>Waits until the marker is visible on a node; returns the seconds, null: longer than the limit.</summary>
    public static async Task<double?> TryAwaitMarkerAsync(BenchNode node, long number, TimeSpan limit, CancellationToken cancellation)
    {
        await using var connection = await node.OpenAsync(cancellation);
        await using var command = new Npgsql.NpgsqlCommand($"SELECT n FROM {Marker} WHERE id = 1", connection);
        return await Wait.TryUntilAsync(async () => (long)(await command.ExecuteScalarAsync(cancellation))! >= number, limit, TimeSpan.FromMilliseconds(5), cancellation);
    }
}
