using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Security;

/// <summary>The capture functions have more rights than who calls them, and run with the search_path of who calls them: what they call is PostgreSQL's own all the same.</summary>
public sealed class CaptureSearchPathTests
{
    const string Schema = "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id); CREATE TABLE parts_1 PARTITION OF parts DEFAULT";

    // Each operator and function that the functions' bodies name, with the very types with which they are called, and relations of the names: who does not write a schema finds these.
    const string Traps = """
        CREATE SCHEMA evil;
        CREATE TABLE evil.caught (what text); CREATE TABLE evil.node (ahead interval); CREATE TABLE evil.change_1 (k1 int, at timestamptz); CREATE TABLE evil.truncation (captured int, at timestamptz);
        DO $do$
        DECLARE o text[]; f text[];
        BEGIN
            FOREACH o SLICE 1 IN ARRAY ARRAY[['=', 'text', 'text', 'boolean'], ['<>', 'text', 'text', 'boolean'], ['=', 'int', 'int', 'boolean'], ['<>', 'int', 'int', 'boolean'], ['+', 'timestamptz', 'interval', 'timestamptz']] LOOP
                EXECUTE format('CREATE FUNCTION evil.operator(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', o[2], o[3], o[4], format('BEGIN INSERT INTO evil.caught VALUES (%L); RETURN NULL; END', o[1]));
                EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.operator)', o[1], o[2], o[3]);
                EXECUTE format('ALTER FUNCTION evil.operator(%s, %s) RENAME TO %I', o[2], o[3], 'operator ' || array_to_string(o, ' '));
            END LOOP;
            FOREACH f SLICE 1 IN ARRAY ARRAY[['current_setting(text, boolean)', 'text'], ['pg_has_role(name, name, text)', 'boolean'], ['clock_timestamp()', 'timestamptz'], ['pg_notify(text, text)', 'text'],
                ['pg_try_advisory_lock(int, int)', 'boolean'], ['pg_advisory_unlock(int, int)', 'boolean'], ['nextval(regclass)', 'bigint'], ['pg_current_xact_id()', 'xid8']] LOOP
                EXECUTE format('CREATE FUNCTION evil.%s RETURNS %s LANGUAGE plpgsql AS %L', f[1], f[2], format('BEGIN INSERT INTO evil.caught VALUES (%L); RETURN NULL; END', f[1]));
            END LOOP;
        END
        $do$
        """;

    [Fact]
    public async Task What_they_call_is_PostgreSQL_s_own_whatever_comes_first_in_the_path()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, ["t(id)", "parts(id)"]);
        await nodes[0].ExecuteAsync(Traps);
        await nodes[0].ExecuteAsync("""
            SET search_path = evil, pg_catalog; SET "bucardo.origin" = '';
            INSERT INTO public.t VALUES (1, 'a'), (2, 'b'), (4, 'c');
            UPDATE public.t SET v = 'd' WHERE id OPERATOR(pg_catalog.=) 1;
            UPDATE public.t SET id = 3 WHERE id OPERATOR(pg_catalog.=) 2;
            DELETE FROM public.t WHERE id OPERATOR(pg_catalog.=) 4;
            INSERT INTO public.parts VALUES (1, 'a'), (2, 'b');
            UPDATE public.parts SET id = 3 WHERE id OPERATOR(pg_catalog.=) 2;
            DELETE FROM public.parts WHERE id OPERATOR(pg_catalog.=) 1;
            """);
        await nodes.SettleAsync();
        Assert.Equal(["(1,d)", "(3,b)"], await nodes.AssertEqualAsync("t"));
        Assert.Equal(["(3,b)"], await nodes.AssertEqualAsync("parts"));
        await nodes[0].ExecuteAsync("SET search_path = evil, pg_catalog; TRUNCATE public.t");
        await nodes.SettleAsync();
        Assert.Empty(await nodes.AssertEqualAsync("t"));
        Assert.Equal(0, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM evil.caught"));
        // They would be caught.
        await nodes[0].ExecuteAsync("SET search_path = evil, pg_catalog; DO 'BEGIN PERFORM ''a''::text = ''b'', clock_timestamp() + interval ''1 s'', pg_notify(''a'', ''b''); END'");
        Assert.Equal(4, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM evil.caught"));
    }

    [Theory]
    [InlineData("int", true)]
    [InlineData("varchar(20)", true)]
    [InlineData("numeric[]", true)]
    [InlineData("mood", false)]
    [InlineData("\"own kind\"", false)]
    [InlineData("mood[]", false)]
    public async Task The_path_is_fixed_where_a_type_of_the_key_is_somebody_s_own(string type, bool isOwn)
    {
        await using var nodes = await Nodes.CreateAsync("st", $"CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE \"own kind\" AS (n int); CREATE TABLE t (id {type} PRIMARY KEY)", ["t(id)"]);
        Assert.Equal(isOwn ? 0 : 1, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM pg_proc WHERE oid = 'bucardo_node.capture_1'::regproc AND proconfig = '{\"search_path=pg_catalog, pg_temp\"}'"));
    }

    [Fact]
    public async Task It_is_fixed_when_a_key_gets_such_a_type()
    {
        await using var nodes = await Nodes.CreateAsync("st", "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id text PRIMARY KEY)", ["t(id)"]);
        for (var i = 0; i < 2; i++) await nodes.ExecuteAsync(i, "ALTER TABLE t ALTER id TYPE mood USING id::mood");
        Assert.Contains("capture function of public.t", await nodes.EnsureAsync(0));
        Assert.Equal(1, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM pg_proc WHERE oid = 'bucardo_node.capture_1'::regproc AND proconfig IS NOT NULL"));
        await nodes.ExecuteAsync(0, "SET search_path = ''; INSERT INTO public.t VALUES ('a')");
        await nodes.SettleAsync();
        Assert.Equal(["(a)"], await nodes.AssertEqualAsync("t"));
    }
}
