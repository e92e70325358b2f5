using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Types;

/// <summary>Types that a database makes itself: their OIDs differ from database to database.</summary>
public sealed class UserTypesTests
{
    const string Schema = """
        CREATE EXTENSION citext;
        CREATE EXTENSION hstore;
        CREATE SCHEMA "Odd Schema";
        CREATE TYPE mood AS ENUM ('sad', 'so "so"', 'it''s, ok');
        CREATE TYPE "Odd Schema"."In ner" AS (a int, "B b" text, m mood);
        CREATE TYPE outer_type AS (i "Odd Schema"."In ner", list "Odd Schema"."In ner"[], n numeric);
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE DOMAIN required AS text NOT NULL DEFAULT '';
        CREATE DOMAIN list AS int[] CHECK (array_length(VALUE, 1) < 4);
        CREATE DOMAIN moods AS mood[];
        CREATE DOMAIN of_domain AS positive CHECK (VALUE < 100);
        CREATE TYPE span AS RANGE (subtype = numeric);
        CREATE TABLE own (
            id positive PRIMARY KEY, mood mood, inner_type "Odd Schema"."In ner", outer_type outer_type, required required, list list, moods moods, of_domain of_domain,
            mood_array mood[], inner_array "Odd Schema"."In ner"[], outer_array outer_type[], positive_array positive[], span span, spans span[], multi span_multirange,
            ci citext, ci_array citext[], h hstore, short varchar(3), money numeric(6,2), t time(3), whole_row pg_catalog.pg_roles)
        """;

    const string Rows = """
        INSERT INTO own (id, required) VALUES (1, '');
        INSERT INTO own VALUES (2, 'it''s, ok', ROW(1, E'q"\\,(\n', 'so "so"'), ROW(ROW(NULL, '', NULL), ARRAY[ROW(1, 'x', 'sad'), NULL]::"Odd Schema"."In ner"[], 'NaN'),
            E'\t\\.', '{}', ARRAY['sad', NULL]::mood[], 99,
            '[-1:1]={sad,NULL,"it''s, ok"}', ARRAY[ROW(NULL, NULL, NULL), ROW(2, '"', 'sad')]::"Odd Schema"."In ner"[], ARRAY[ROW(NULL, '{}', 1.00)]::outer_type[], '{{1,2},{3,NULL}}',
            '[1.0,2.00)', ARRAY['empty', '(,)']::span[], '{[1,2),[3,4)}', 'MiXed', '{A,a}', 'a=>NULL,"b \"c"=>"\\"', 'äöü', -9999.99, '24:00', NULL);
        INSERT INTO own (id, required, inner_type, outer_type) VALUES (3, 'x', ROW(NULL, NULL, NULL), ROW(NULL, NULL, NULL));
        """;

    static string SchemaOf(int node) => (node == 0 ? "" : "CREATE TYPE dummy1 AS ENUM ('x'); CREATE TYPE dummy2 AS (a dummy1); CREATE TABLE dummy3 (a dummy2[]); CREATE DOMAIN dummy4 AS int;") + Schema;

    [Theory]
    [InlineData("st", 500)]
    [InlineData("st", 0)]
    [InlineData("sss", 500)]
    [InlineData("sss", 0)]
    public async Task Values_of_own_types_arrive_as_they_are(string roles, int smallRows)
    {
        await using var nodes = await Nodes.CreateAsync(roles, "", ["own(id)"], schemaOf: SchemaOf, options: new SyncSessionOptions { SmallRows = smallRows });
        await nodes.ExecuteAsync(0, Rows);
        await nodes.SettleAsync();
        Assert.Equal(3, (await nodes.AssertEqualAsync("own")).Count);
        await nodes.ExecuteAsync(0, "UPDATE own SET mood = 'sad', inner_type.\"B b\" = NULL, ci = 'mIXED', outer_array = outer_array || outer_array, h = h || 'z=>1' WHERE id > 1; DELETE FROM own WHERE id = 1");
        await nodes.SettleAsync();
        Assert.Equal(2, (await nodes.AssertEqualAsync("own")).Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(0)]
    public async Task A_value_too_long_for_its_column_is_refused_and_not_cut(int smallRows)
    {
        await using var nodes = await Nodes.CreateAsync("st", "", ["t(id)"], schemaOf: n => $"CREATE TABLE t (id int PRIMARY KEY, v varchar({(n == 0 ? 10 : 3)}))", options: new SyncSessionOptions { SmallRows = smallRows });
        await nodes.ExecuteAsync(0, "INSERT INTO t VALUES (1, 'too long')");
        var problem = Assert.Single((await nodes.RoundAsync()).Problems);
        Assert.Contains("value too long", problem.ToString());
        Assert.Empty(await nodes.RowsAsync(1, "t"));
        await nodes.ExecuteAsync(1, "ALTER TABLE t ALTER v TYPE varchar(10)");
        await nodes.SettleAsync();
        await nodes.AssertEqualAsync("t");
    }
}
