using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>What a node keeps of the conflicts that are decided on it.</summary>
public sealed class ConflictRecorderTests
{
    static readonly RowVersion s_winner = new(1, 4_000_000_000, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
    static readonly RowVersion s_loser = new(2, 7, new DateTime(2026, 1, 2, 3, 4, 4, DateTimeKind.Utc));

    static Dictionary<string, string?> Row(string name, string? value) => new() { ["id"] = "1", [name] = value };

    [Fact]
    public async Task A_conflict_is_kept_with_both_rows_versions_and_its_end()
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE plain (id int PRIMARY KEY, name text)", ["plain(id)"], "n1 n2");
        await using var connection = await NodeConnection.OpenAsync(nodes.Definition.Members[0].Connection, "n1", "test", default);
        var recorder = new ConflictRecorder(connection, 1, "n1 n2");
        await recorder.RecordAsync(nodes.Definition.Tables[0],
        [
            new DecidedConflict(RowKey.Join(["1", "ä'\"\\"]), s_winner, Row("näme \"x\"", "{\"not\": 'json'}\n"), s_loser, Row("name", null)),
            new DecidedConflict("2", s_winner, null, null, Row("name", "stray")) { Kind = ConflictKind.Unique, Constraint = "plain_name_key" },
            new DecidedConflict("3", s_winner, null, s_loser, null) { Kind = ConflictKind.ForeignKey, ResultRow = Row("name", "both") },
        ], default);
        var rows = await nodes[0].QueryAsync("""
            SELECT key, kind, coalesce(constraint_name, '-'), outcome, strategy, schemaname || '.' || tablename,
                   winner_origin || ' ' || winner_xid || ' ' || (winner_at AT TIME ZONE 'UTC'), coalesce(winner_row ->> 'näme "x"', '-'),
                   coalesce(loser_origin || ' ' || loser_xid || ' ' || (loser_at AT TIME ZONE 'UTC'), '-'), coalesce(loser_row::text, '-'), coalesce(result_row ->> 'name', '-')
            FROM bucardo_node.conflict ORDER BY id
            """);
        Assert.Equal(["row|-|winner|n1 n2|public.plain|1 4000000000 2026-01-02 03:04:05|{\"not\": 'json'}\n|2 7 2026-01-02 03:04:04|{\"id\":\"1\",\"name\":null}|-",
            "unique|plain_name_key|winner|n1 n2|public.plain|1 4000000000 2026-01-02 03:04:05|-|-|{\"id\":\"1\",\"name\":\"stray\"}|-",
            "foreign key|-|merged|n1 n2|public.plain|1 4000000000 2026-01-02 03:04:05|-|2 7 2026-01-02 03:04:04|-|both"],
            rows.Select(r => string.Join('|', r.Skip(1))));
        Assert.Equal([RowKey.Join(["1", "ä'\"\\"]), "2", "3"], rows.Select(r => RowKey.FromJson((string)r[0]!)));
    }

    [Fact]
    public async Task What_is_rolled_back_was_never_decided()
    {
        await using var nodes = await Nodes.CreateAsync("ss", "CREATE TABLE plain (id int PRIMARY KEY, name text)", ["plain(id)"]);
        await using var connection = await NodeConnection.OpenAsync(nodes.Definition.Members[0].Connection, "n1", "test", default);
        await using (await connection.BeginTransactionAsync())
            await new ConflictRecorder(connection, 1, "bucardo_latest").RecordAsync(nodes.Definition.Tables[0], [new DecidedConflict("1", s_winner, null, s_loser, null)], default);
        Assert.Equal(0, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict"));
    }
}
